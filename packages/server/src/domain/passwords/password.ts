import { Secret } from '../secret.ts'

const maxBytes = 1024 // hashed whole, never cut off; the bound keeps a hash from being a weapon

/** What is wrong with a new password, in words for its owner, or `good` (NIST SP 800-63B-4: length, no composition rules). */
export function judgePassword(
  password: Secret,
  { minLength }: { readonly minLength: number },
): string {
  const text = normalizePassword(password).reveal()
  if ([...text].length < minLength) return `it has fewer than ${minLength} characters`
  if (Buffer.byteLength(text) > maxBytes) return `it has more than ${maxBytes} bytes`
  return 'good'
}

/** The form that is hashed: NFC, so that one password typed on two keyboards is one password. */
export function normalizePassword(password: Secret): Secret {
  return new Secret(password.reveal().normalize('NFC'))
}
