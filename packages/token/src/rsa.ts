import { decodeBase64url } from './base64url.ts'

const leastBits = 2048 // RFC 7518, section 3.3
const mostBits = 8192 // beyond it a signature is a way to keep a verifier busy
const leastExponent = 65_537n // smaller ones have a history; none is in use

/** The primes below 168, for which the fingerprint of ROCA is known to be reliable. */
const smallPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
]

/** For each prime, the remainders that powers of 65537 leave. */
const powers = smallPrimes.map((prime) => {
  const remainders = new Set<number>()
  for (let one = 1; !remainders.has(one); one = (one * 65_537) % prime) remainders.add(one)
  return remainders
})

/** What is wrong with an RSA public key, given as the base64url members of its JWK, or `good`. Pure. */
export function judgeRsa(n: string, e: string): string {
  const [modulus, exponent] = [toInteger(n), toInteger(e)]
  if (modulus === undefined || exponent === undefined)
    return 'its n or e is not a minimal base64url number'
  const bits = modulus.toString(2).length
  if (bits < leastBits) return `its modulus has fewer than ${leastBits} bits`
  if (bits > mostBits) return `its modulus has more than ${mostBits} bits`
  if (modulus % 2n === 0n) return 'its modulus is even'
  if (exponent < leastExponent || exponent % 2n === 0n)
    return 'its exponent is even or smaller than 65537'
  return isRoca(modulus) ? 'its modulus has the ROCA weakness (CVE-2017-15361)' : 'good'
}

/** A base64url number without leading zero bytes (RFC 7518, section 2: Base64urlUInt), or `undefined`. */
export function toInteger(text: unknown): bigint | undefined {
  const bytes = typeof text === 'string' ? decodeBase64url(text) : undefined
  if (!bytes || bytes.length === 0 || bytes[0] === 0) return undefined
  return BigInt(`0x${bytes.toString('hex')}`)
}

/**
 * Whether a modulus carries the fingerprint of ROCA: modulo every small prime it is a power of 65537. Of good moduli fewer
 * than one in a hundred million does.
 */
function isRoca(modulus: bigint): boolean {
  return smallPrimes.every((prime, at) => powers[at]?.has(Number(modulus % BigInt(prime))))
}
