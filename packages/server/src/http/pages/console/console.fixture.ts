import type { TestServer } from '../../../testing.ts'
import { openBrowser, type PageResult, type TestBrowser } from '../test-browser.fixture.ts'

/** The password of the user ada. */
export const password = 'six words that never met before'

/** Signs in an administrator, who creates the user ada, and opens a browser for each of them. */
export async function people(server: TestServer) {
  const [admin, ada] = [openBrowser(server), openBrowser(server)]
  await admin.signIn()
  const made = await add(admin, { username: 'ada', roles: '' })
  const id = /\/console\/users\/(u_[\w-]+)/.exec(made.path)?.[1] ?? ''
  return { admin, ada, id, made }
}

/** Creates a user with the form of the console. */
export const add = (
  admin: TestBrowser,
  fields: Readonly<Record<string, string>>,
): Promise<PageResult> =>
  admin.send('/console/users/add', { new_password: password, email: '', roles: '', ...fields })
