import { codeAt } from '@countersign/testing/authenticator'
import { admin, type Backend, type Tab } from './tabs.fixture.ts'

/** An authenticator application of the user, and their recovery codes. */
export interface Authenticator {
  /** Returns a code that was not used yet: it moves the clock to the next one. */
  code(): string
  readonly recoveryCodes: readonly string[]
}

/** Adds an authenticator application for the user who is signed in in a tab. */
export async function addAuthenticator({ clock }: Backend, tab: Tab): Promise<Authenticator> {
  const proposed = await tab.call('POST /me/factors/totp', {
    body: { current_password: admin.password },
  })
  const first = { body: { code: codeAt(proposed.secret, clock.now()) } }
  const added = await tab.call('POST /me/factors/totp/confirm', first)
  return {
    code() {
      clock.advance(30)
      return codeAt(proposed.secret, clock.now())
    },
    recoveryCodes: added.recovery_codes,
  }
}
