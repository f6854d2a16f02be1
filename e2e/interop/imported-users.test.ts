import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import { testServer, type TestServer } from '@countersign/server/testing'
import { scratch } from '@countersign/testing/files'
import { formOf } from '@countersign/testing/proofs'
import { askPython, pythonLacks } from '@countersign/testing/python'
import { exportsOf, hashAll, hashConfig, passwords, type Made } from './user-exports.fixture.ts'
import { countersignHere } from '../../packages/server/src/cli/in-process.fixture.ts'

// Users of each system move in, with hashes that its own library has made on the spot, and sign in with the passwords that they have. `npm run proofs` moves 10,000
// of each.

const { users, signIns } = formOf({
  short: { users: 120, signIns: 2 },
  long: { users: 10_000, signIns: 60 },
})

const lacks = pythonLacks('python3-werkzeug', 'python3-django', 'python3-passlib', 'python3-bcrypt')

suite('users of other systems move in', { skip: lacks }, () => {
  const folder = scratch()
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db` }
  let server: TestServer
  let systems: ReturnType<typeof exportsOf>

  before(async () => {
    systems = exportsOf(await askPython<Made>(hashAll, [passwords, users]), users)
    writeFileSync(join(folder.path, 'hash-config.txt'), hashConfig)
    server = await testServer(env)
  })
  after(async () => {
    await server.close()
    folder[Symbol.dispose]()
  })

  test('each file is imported whole, while a server runs, and a second run changes nothing', async () => {
    for (const [at, [from, , content]] of systems.entries()) {
      const file = join(folder.path, `${at}-${from}`)
      writeFileSync(file, content)
      const words = ['import', file, '--from', from, '--development', '--json']
      if (from === 'firebase') words.push('--hash-config', join(folder.path, 'hash-config.txt'))
      const hasIds = from === 'werkzeug' && content.startsWith('id,') // users get new ids
      const { code, stdout, stderr } = await countersignHere(words, { env })
      assert.equal(code, 0, stdout.slice(0, 500) + stderr)
      assert.deepEqual(JSON.parse(stdout), {
        added: users,
        present: 0,
        refused: 0,
        without_password: 0,
        ignored_columns: hasIds ? ['id'] : [],
        dry_run: false,
        refusals: [],
      })
      const again = await countersignHere(words, { env })
      assert.deepEqual(JSON.parse(again.stdout), {
        added: 0,
        present: users,
        refused: 0,
        without_password: 0,
        ignored_columns: hasIds ? ['id'] : [],
        dry_run: false,
        refusals: [],
      })
    }
  })

  test('they sign in with their passwords and no others, and their hashes are renewed', async () => {
    using database = new DatabaseSync(`${folder.path}/d.db`)
    const stored = database.prepare('select password_hash from users where name = ?')
    let attempt = 0
    const statusOf = async (username: string, password: string) => {
      const body = JSON.stringify({ username, password })
      const headers = { 'content-type': 'application/json' }
      const request = new Request('http://localhost:5000/login', { method: 'POST', headers, body })
      const address = `10.${attempt >> 16}.${(attempt >> 8) & 255}.${attempt++ & 255}` // no limit of a network is met
      return (await server.fetch(request, { address })).status
    }
    for (const [, nameOf] of systems)
      for (let at = 0; at < signIns; at++) {
        const [name, password] = [nameOf(at), passwords[at % passwords.length]!]
        const hashOf = () => String(stored.get(name)?.['password_hash'])
        const imported = hashOf()
        assert.equal(await statusOf(name, `${password}!`), 401, name)
        assert.equal(hashOf(), imported, 'a wrong password renews nothing')
        assert.equal(await statusOf(name, password), 200, name)
        assert.match(hashOf(), /^\$argon2id\$v=19\$m=8,t=1,p=1\$/, name)
        assert.equal(await statusOf(name, password), 200, `${name}, again`)
      }
  })
})
