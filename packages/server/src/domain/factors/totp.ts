import type { Seconds } from '@countersign/token/internal'
import { decryptBytes, encryptBytes } from '../kernel/encryption.ts'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { Secret } from '../kernel/secret.ts'

/** The authenticator application of a user (RFC 6238), as it is stored: the confirmed one, and the one that is to be confirmed. */
export interface Totp {
  readonly userId: string
  /** The shared secret in base32, encrypted with a key of the root secret; null until one was confirmed. */
  readonly encrypted: string | null
  readonly confirmedAt: Seconds | null
  /** The time step of the last code that was accepted: no code is accepted twice (RFC 6238, section 5.2). */
  readonly lastStep: number
  /** The secret of an application whose first code has not been entered, encrypted. It counts for nothing. */
  readonly proposed: string | null
  readonly proposedUntil: Seconds | null
}

/** Computes the codes of authenticator applications: SHA-1, six digits, 30 seconds, as every application has them. A port. */
export interface TotpCodes {
  /** Returns the URI that an application reads from a QR code (`otpauth:`). */
  uriOf(secret: Secret, of: { readonly service: string; readonly user: string }): Secret
  /** Returns the time step of a code, which may be one step early or late (RFC 6238, section 5.2); `undefined` for a wrong one. */
  stepOf(secret: Secret, code: Secret, now: Seconds): number | undefined
  /** Makes a secret of 160 bits (RFC 4226, section 4), in base32. */
  newSecret(random: Random): Secret
}

/** The table of authenticator applications. Lock their user first. */
export interface TotpTable {
  find(userId: string): Promise<Totp | undefined>
  /** Stores a secret that is to be confirmed, beside the one that the user has. */
  propose(userId: string, encrypted: string, until: Seconds): Promise<void>
  /** Puts the proposed secret in place of the one that the user had. `step` is that of the code that confirmed it. */
  confirm(userId: string, step: number, at: Seconds): Promise<void>
  /** Records that a code was accepted; returns false, and writes nothing, unless `step` is later than the last one. */
  accept(userId: string, step: number): Promise<boolean>
  delete(userId: string): Promise<void>
}

/** The table of authenticator applications, as part of a store or a transaction. */
export interface TotpTables {
  readonly totp: TotpTable
}

/** Encrypts the secret of an authenticator application. */
export function encryptTotp(
  { root, random }: { readonly root: RootSecret; readonly random: Random },
  userId: string,
  secret: Secret,
): string {
  return encryptBytes(secret, keyOf(root), contextOf(userId), random).toString('base64url')
}

/** Decrypts what {@link encryptTotp} returned; `undefined` if the root secret was replaced since, or the row was changed. */
export function decryptTotp(
  root: RootSecret,
  userId: string,
  encrypted: string | null,
): Secret | undefined {
  if (encrypted === null) return undefined
  try {
    return decryptBytes(Buffer.from(encrypted, 'base64url'), keyOf(root), contextOf(userId))
  } catch {
    return undefined
  }
}

function keyOf(root: RootSecret): Buffer {
  return Buffer.from(root.key('TOTP secrets').reveal(), 'base64url')
}

const contextOf = (userId: string) => `totp ${userId}`
