import { decodeBase64url } from '../lib/base64url.ts'

const minModulusBits = 2048 // RFC 7518, section 3.3
const maxModulusBits = 8192 // verifying with a longer one takes so long that a token could be used to overload the verifier
const minExponent = 65_537n // smaller ones have had weaknesses, and none is in use

/** The primes below 168, for which the ROCA fingerprint is known to be reliable. */
const smallPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
]

/** For each prime, the remainders of the powers of 65537. */
const powers = smallPrimes.map((prime) => {
  const remainders = new Set<number>()
  for (let one = 1; !remainders.has(one); one = (one * 65_537) % prime) remainders.add(one)
  return remainders
})

/** Describes what is wrong with an RSA public key, given as the base64url members of its JWK, or returns `good`. */
export function checkRsaKey(n: string, e: string): string {
  const [modulus, exponent] = [toInteger(n), toInteger(e)]
  if (modulus === undefined || exponent === undefined)
    return 'its n or e is not a minimal base64url number'
  const bits = modulus.toString(2).length
  if (bits < minModulusBits) return `its modulus has fewer than ${minModulusBits} bits`
  if (bits > maxModulusBits) return `its modulus has more than ${maxModulusBits} bits`
  if (modulus % 2n === 0n) return 'its modulus is even'
  if (exponent < minExponent || exponent % 2n === 0n)
    return 'its exponent is even or smaller than 65537'
  return isRoca(modulus) ? 'its modulus has the ROCA weakness (CVE-2017-15361)' : 'good'
}

/** Decodes a base64url number without leading zero bytes (RFC 7518, section 2: Base64urlUInt), or returns `undefined`. */
export function toInteger(text: unknown): bigint | undefined {
  const bytes = typeof text === 'string' ? decodeBase64url(text) : undefined
  if (!bytes || bytes.length === 0 || bytes[0] === 0) return undefined
  return BigInt(`0x${bytes.toString('hex')}`)
}

/**
 * Returns whether a modulus has the ROCA fingerprint: modulo every small prime it is a power of 65537. Fewer than one in a
 * hundred million good moduli have it.
 */
function isRoca(modulus: bigint): boolean {
  return smallPrimes.every((prime, at) => powers[at]?.has(Number(modulus % BigInt(prime))))
}
