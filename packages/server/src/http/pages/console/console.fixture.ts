import type { TestServer } from '../../../testing.ts'
import { openBrowser, type PageResult, type TestBrowser } from '../test-browser.fixture.ts'

/** A password that nobody guesses. */
export const password = 'six words that never met before'

/** An administrator who has made the user ada, and ada herself. */
export async function people(server: TestServer) {
  const [admin, ada] = [openBrowser(server), openBrowser(server)]
  await admin.signIn()
  const made = await add(admin, { username: 'ada', roles: '' })
  const id = /\/console\/users\/(u_[\w-]+)/.exec(made.path)?.[1] ?? ''
  return { admin, ada, id, made }
}

/** An administrator makes a user on the page for it. */
export const add = (
  admin: TestBrowser,
  fields: Readonly<Record<string, string>>,
): Promise<PageResult> =>
  admin.send('/console/users/add', { new_password: password, email: '', roles: '', ...fields })
