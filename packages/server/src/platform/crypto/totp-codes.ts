import * as OTPAuth from 'otpauth'
import { Secret } from '../../domain/kernel/secret.ts'
import type { TotpCodes } from '../../domain/factors/totp.ts'

const secretBytes = 20 // RFC 4226, section 4, R6: 160 bits

/** The codes of authenticator applications, by the library `otpauth`. */
export const totpCodes: TotpCodes = {
  uriOf: (secret, { service, user }) =>
    new Secret(generatorOf(secret, { issuer: service, label: user }).toString()),

  stepOf(secret, code, now) {
    if (!/^[0-9]{6}$/.test(code.reveal())) return undefined // the library compares bytes, and throws if their number differs
    const generator = generatorOf(secret)
    const timestamp = now * 1000
    const delta = generator.validate({ token: code.reveal(), timestamp, window: 1 })
    return delta === null ? undefined : generator.counter({ timestamp }) + delta
  },

  newSecret: (random) =>
    new Secret(
      new OTPAuth.Secret({ buffer: Uint8Array.from(random.bytes(secretBytes)).buffer }).base32,
    ),
}

/** Names of an application: what it shows beside the code. */
interface Names {
  readonly issuer?: string
  readonly label?: string
}

function generatorOf(secret: Secret, names: Names = {}): OTPAuth.TOTP {
  const shape = { algorithm: 'SHA1', digits: 6, period: 30 } as const
  return new OTPAuth.TOTP({ ...names, ...shape, secret: secret.reveal() })
}
