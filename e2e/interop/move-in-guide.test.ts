import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root, scratch } from '@countersign/testing/files'
import { blockOf } from '@countersign/testing/guides'
import { askPython, pythonLacks } from '@countersign/testing/python'
import { parseCommandLine, runInProcess } from '../../packages/server/src/cli/in-process.fixture.ts'
import { exportsOf, hashAll, hashConfig, passwords, type Made } from './user-exports.fixture.ts'

const files = [
  'flask-users.csv',
  'security-users.csv',
  'django-users.json',
  'firebase-users.json',
  'better-auth-users.csv',
  'supabase-users.csv',
  'auth0-users.json',
  'realm.json',
]

const salt = 'the SECURITY_PASSWORD_SALT of an application'

const skip = pythonLacks('python3-werkzeug', 'python3-django', 'python3-passlib', 'python3-bcrypt')

test(
  'every command of the guide to moving in works, on the exports that it names',
  { skip },
  async () => {
    using folder = scratch()
    const made = await askPython<Made>(hashAll, [passwords, 8])
    for (const [at, [, , content]] of exportsOf(made, 8).entries())
      writeFileSync(join(folder.path, files[at]!), content)
    writeFileSync(join(folder.path, 'hash-config.txt'), hashConfig)
    writeFileSync(join(folder.path, 'password-salt.txt'), salt)
    const record = JSON.parse(blockOf('move-in.md', 'json', 1)) as object
    const jsonl = JSON.stringify({ ...record, password_hash: made.bcrypt[0] })
    writeFileSync(join(folder.path, 'users.jsonl'), jsonl)
    const csv = blockOf('move-in.md', 'csv', 1).replace('$2b$12$…', made.bcrypt[0]!)
    writeFileSync(join(folder.path, 'users.csv'), csv)
    const page = readFileSync(join(root, 'docs/guides/move-in.md'), 'utf8')
    const lines = page.split('\n').filter((line) => line.startsWith('countersign '))
    assert.ok(lines.length > 10)
    const env = {
      COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
      COUNTERSIGN_PASSWORDS_PREVIOUS_PEPPERS: Buffer.from(salt).toString('base64'),
    }
    const run = async (words: string) => {
      const [command = '', target] = words.split(' > ')
      const line = parseCommandLine(`countersign ${command} --development`)
      assert.ok(line, words)
      const { code, stdout, output } = await runInProcess(folder.path, line, env)
      assert.equal(code, 0, `${words}\n${output}`)
      if (target !== undefined) writeFileSync(join(folder.path, target), stdout)
      return stdout
    }
    await run('migrate apply')
    for (const line of lines) {
      const printed = await run(line.replace('countersign ', ''))
      if (line.includes(' import '))
        assert.match(printed, /(Added|would add) [18] users?; 0 already/)
    }
    assert.equal(statSync(join(folder.path, 'users-with-hashes.jsonl')).mode & 0o777, 0o600)
  },
)
