import assert from 'node:assert/strict'
import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createServer } from '../../compose.ts'
import { loadConfig } from '../../config/load.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { createPasswordHasher } from '../../platform/crypto/password-hasher.ts'
import { openBrowser } from '../pages/test-browser.fixture.ts'
import { request, signIn } from './api.fixture.ts'

test('[18.5] where a pepper is missing, the API and the pages say what they say of a wrong password, and the log says why', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'countersign-'))
  const env = {
    COUNTERSIGN_DATABASE_URL: `sqlite:${join(folder.path, 'users.db')}`,
    COUNTERSIGN_LOG_LEVEL: 'silent',
  }
  const errors: Readonly<Record<string, unknown>>[] = []
  const log = { info() {}, warn() {}, error: (facts: (typeof errors)[0]) => errors.push(facts) }
  const open = (pepper?: Secret) =>
    createServer(loadConfig({ mode: 'development', env }), {
      hasher: createPasswordHasher({ memoryKiB: 8, passes: 1, pepper }),
      log,
    })
  let cookies = new Map<string, string>()
  let token = ''
  {
    await using server = await open(new Secret(Buffer.alloc(32, 'pepper').toString('base64')))
    const browser = openBrowser(server)
    await browser.signIn()
    cookies = browser.cookies
    token = await signIn(server)
  }
  await using server = await open()
  const body = { username: 'admin', password: 'password' }
  const signedIn = await request(server, 'POST /login', { body })
  assert.deepEqual([signedIn.status, signedIn.code], [401, 'credentials_wrong'])
  const unknown = await request(server, 'POST /login', { body: { ...body, username: 'ada' } })
  assert.deepEqual({ ...signedIn.body, instance: 0 }, { ...unknown.body, instance: 0 })

  const change = { current_password: 'password', new_password: 'several words of no quotation' }
  const changed = await request(server, 'POST /password/change', { body: change, token })
  assert.deepEqual([changed.status, changed.code], [403, 'current_password_wrong'])

  const page = await openBrowser(server).send('/sign-in', body)
  assert.equal(page.status, 401)
  assert.match(page.text, /The user name or the password is wrong\./)
  const browser = openBrowser(server)
  for (const [name, value] of cookies) browser.cookies.set(name, value)
  for (const path of ['/account/password', '/account/confirm']) {
    const sent = await browser.send(path, { ...change, password: 'password' })
    assert.match(sent.text, /password is wrong\./, path)
  }
  assert.equal(errors.length, 5)
  for (const facts of errors) {
    assert.equal(facts['code'], 'pepper_missing')
    assert.match(String(facts['pepper']), /^[\w+/]{8}$/)
  }
})
