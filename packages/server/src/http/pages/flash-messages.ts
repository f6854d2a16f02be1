import { setCookie } from '../browser/cookies.ts'

/** The messages that the next page shows once, on top, after a form was submitted. */
export const flashMessages = {
  signed_out: 'You are signed out on this device.',
  session_over: 'Your session has ended. Sign in again to continue.',
  sign_in_over: 'This sign-in has ended. Begin with your password again.',
  registered: 'Welcome. Your account has been created, and you are signed in.',
  registered_only: 'Your account has been created. Sign in to continue.',
  password_changed: 'Your password has been changed, and your other devices are signed out.',
  password_reset:
    'Your password has been set, and all your devices are signed out. Sign in with it.',
  email_set: 'Your e-mail address is saved.',
  email_verified: 'Your e-mail address is verified. You can sign in with it.',
  language_set: 'Your language is saved.',
  email_removed: 'Your e-mail address is removed.',
  passkey_added: 'The passkey is added. You can sign in with it.',
  passkey_renamed: 'The passkey has another name.',
  passkey_removed: 'The passkey is removed. Delete it on its device as well.',
  factor_added: 'The authenticator application is added. Each sign-in needs it now.',
  factor_removed: 'The authenticator application is removed.',
  provider_declined: 'You did not sign in there, so nothing was changed.',
  identity_linked: 'The account is linked. It signs you in from now on.',
  identity_unlinked: 'The account is unlinked, and your other devices are signed out.',
  session_ended: 'The device is signed out.',
  others_ended: 'All other devices are signed out.',
  user_added: 'The user has been created.',
  user_changed: 'E-mail and roles are saved.',
  user_disabled: 'The user is disabled, and all their sessions have ended.',
  user_enabled: 'The user is enabled and can sign in again.',
  user_password_set: 'The password has been set, and all sessions of the user have ended.',
  factors_reset: 'The second factors are removed, and all sessions of the user have ended.',
  user_deleted: 'The user has been deleted.',
  sessions_ended: 'All their sessions have ended.',
  invitation_revoked: 'The invitation is revoked.',
  token_revoked: 'The API token is revoked.',
  application_disconnected: 'The application is disconnected.',
  device_allowed: 'The device is signed in. Return to it; you can close this page.',
  device_denied: 'You have refused. The device gets no access; you can close this page.',
  client_signed_out: 'All users are signed out of the application.',
  client_removed: 'The client is removed.',
  application_set: 'The application is saved.',
  client_access_set:
    'Scopes and resources are saved. If they changed, the access tokens before are revoked.',
  client_secret_ended: 'The replaced secret is refused from now on.',
  resource_set: 'The resource is saved.',
  resource_removed: 'The resource is removed, and no token is issued for it.',
  key_rotation_planned: 'The next key will sign as soon as every cache can know it.',
  key_replaced: 'The next key signs now, and the previous one is revoked.',
  key_rotated_before: 'Nothing was changed: the keys were rotated a moment ago.',
  key_revoked: 'The key has been revoked.',
  account_deleted: 'Your account and its data have been deleted.',
} as const

/** The name of a flash message. The cookie holds only this name, so that it cannot make a page show any other text. */
export type FlashMessage = keyof typeof flashMessages

const maxAgeSeconds = 30 // the next page deletes it

/** Returns the Set-Cookie header that carries a flash message to the next page, in the cookie of this name. */
export function writeFlashMessage(cookie: string, flash: FlashMessage): string {
  return setCookie(cookie, flash, { seconds: maxAgeSeconds, sameSite: 'Lax' })
}

/** Reads the flash message of a Cookie header; `undefined` if there is none, or an unknown one. */
export function readFlashMessage(
  cookie: string,
  header: string | undefined,
): FlashMessage | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='))
  const name = pairs.find(([own]) => own === cookie)?.[1] ?? ''
  return Object.hasOwn(flashMessages, name) ? (name as FlashMessage) : undefined
}

/** Returns the Set-Cookie header that deletes a flash message once it was shown. */
export function clearFlashMessage(cookie: string): string {
  return setCookie(cookie, '', { seconds: 0, sameSite: 'Lax' })
}
