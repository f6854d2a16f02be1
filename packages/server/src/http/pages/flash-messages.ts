/** What a page says once, on top, after something was done. */
export const flashMessages = {
  signed_out: 'You are signed out on this device.',
  session_over: 'Your session has ended. Sign in again to go on.',
  registered: 'Welcome. Your account is made, and you are signed in.',
  registered_only: 'Your account is made. Sign in to begin.',
  password_changed: 'Your password is changed, and every other device is signed out.',
  email_set: 'Your e-mail address is saved.',
  email_removed: 'Your e-mail address is removed.',
  session_ended: 'That device is signed out.',
  others_ended: 'All other devices are signed out.',
  user_added: 'The user is made.',
  user_changed: 'E-mail and roles are saved.',
  user_disabled: 'The user is locked out, and all their sessions have ended.',
  user_enabled: 'The user may sign in again.',
  user_password_set: 'The password is set, and all sessions of the user have ended.',
  user_deleted: 'The user is deleted.',
  sessions_ended: 'All their sessions have ended.',
  key_hastened: 'The next key signs as soon as every cache can know it.',
  key_replaced: 'The next key signs now, and the one before is withdrawn.',
  key_rotated_before: 'Nothing was done: somebody else has just rotated.',
  key_withdrawn: 'The key is withdrawn.',
  account_deleted: 'Your account and everything that hung on it is deleted.',
} as const

/** The name of a flash: what travels is this name, so that nobody can make a page say anything else. */
export type FlashMessage = keyof typeof flashMessages

const cookie = '__Host-countersign_notice'
const lifetime = 30 // seconds; the next page takes it away
const flags = 'Path=/; Secure; HttpOnly; SameSite=Lax'

/** The Set-Cookie line that brings a notice to the next page. */
export function writeFlashMessage(flash: FlashMessage): string {
  return `${cookie}=${flash}; Max-Age=${lifetime}; ${flags}`
}

/** Reads what {@link writeFlashMessage} wrote; `undefined` for anything else. */
export function readFlashMessage(header: string | undefined): FlashMessage | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='))
  const name = pairs.find(([own]) => own === cookie)?.[1] ?? ''
  return Object.hasOwn(flashMessages, name) ? (name as FlashMessage) : undefined
}

/** The Set-Cookie line that takes a notice away once it was shown. */
export const clearFlashMessage = `${cookie}=; Max-Age=0; ${flags}`
