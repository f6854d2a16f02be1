import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import { callerFailures } from '../pipeline/route-failures.ts'
import { addMachines } from './console/clients/machines.fixture.ts'
import { developmentPages } from './pages.ts'
import { openBrowser, type TestBrowser } from './test-browser.fixture.ts'

/** The words that are the same in both languages. */
const same: ReadonlySet<string> = new Set(
  [
    'Body',
    'Clients',
    'Code',
    'Grants',
    'Id',
    'Name',
    'Optional',
    'Scopes',
    'Token',
    'Version',
    'optional',
  ]
    .concat(['Countersign', 'ES256', 'JSON Schema', 'PKCE', 'URL'])
    .concat(['admin', 'backup', 'login', 'reporter']), // names in the data of the test, and of an event
)

/** An identifier, such as an event's or a setting's, or a URL. */
const identifier = /\w[_:]\w|:\/\//

/** Returns what a page says: its texts, and the attributes that people read or hear. Code, times and elements that name their language are left out. */
function textsOf(page: string): ReadonlySet<string> {
  const prose = page
    .slice(page.indexOf('<title'))
    .replaceAll(/<(code|pre|textarea|time|script)\b[^]*?<\/\1>/g, ' ')
    .replaceAll(/<(\w+)\b[^>]* lang="[^]*?<\/\1>/g, ' ')
  const attributes =
    / (?:aria-label|title|placeholder|data-(?:done|other|short|uniform|fair|good|fault|updating|failed|time))="([^"]+)"/g
  const read = [...prose.matchAll(attributes)].map(([, text = '']) => text)
  const shown = prose.split(/<[^>]*>/)
  const texts = [...read, ...shown].map((text) =>
    text
      .replace(/ · Countersign$|^Countersign [\d.]+, Node.*/, '')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  )
  return new Set(texts.filter((text) => /\p{L}{2}/u.test(text)))
}

test('in German no page shows a text of its English form, but names, code and words that are the same', async () => {
  await using server = await testServer({ COUNTERSIGN_USERS_REGISTRATION: 'open' })
  const [guest, member] = [openBrowser(server), openBrowser(server)]
  await member.signIn('admin', 'wrong')
  await member.signIn()
  const machine = await addMachines(member)
  const users = await member.get('/console/users')
  const id = /\/console\/users\/(u_[\w-]+)/.exec(users.text)?.[1] ?? ''
  const paths = developmentPages
    .filter(({ path }) => !/^\/(oauth\/authorize|login\/with|problems)/.test(path))
    .map(({ path }) => machine(path) ?? path.replace(':id', id))
  const problems = [...callerFailures.keys()].map((code) => `/problems/${code}`)
  const read = async (browser: TestBrowser, path: string, language: string) =>
    textsOf((await browser.get(path, { 'accept-language': language })).text)
  const left = new Set<string>()
  for (const browser of [guest, member])
    for (const path of [...paths, ...problems, '/nowhere']) {
      const [english, german] = [await read(browser, path, 'en'), await read(browser, path, 'de')]
      assert.ok(english.size > 5, path)
      for (const text of german.intersection(english))
        if (!same.has(text) && !identifier.test(text)) left.add(`${path}: ${text}`)
    }
  assert.deepEqual([...left], [])
})
