import * as OTPAuth from 'otpauth'

/** Returns the code that an authenticator application shows for a secret at a time, in seconds. */
export function codeAt(secret: string, now: number): string {
  return new OTPAuth.TOTP({ secret }).generate({ timestamp: now * 1000 })
}
