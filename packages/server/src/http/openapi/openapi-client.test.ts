import { typeCheck } from '@countersign/testing/type-check'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'node:test'
import openapi, { astToString } from 'openapi-typescript'
import { freePort } from '@countersign/testing/http'
import { createServer } from '../../compose.ts'
import { loadConfig } from '../../config/load.ts'

const run = promisify(execFile)

/** A program that is written against the OpenAPI document alone. */
const program = `
import createClient from 'openapi-fetch'
import type { paths } from './api.ts'

const baseUrl = process.argv[2] ?? ''
const api = createClient<paths>({ baseUrl })
const wrong = await api.POST('/login', { body: { username: 'admin', password: 'x' } })
if (wrong.response.status !== 401 || wrong.error?.code !== 'credentials_wrong') throw new Error('signed in')

const { data: tokens } = await api.POST('/login', { body: { username: 'admin', password: 'password' } })
if (tokens?.token_type !== 'Bearer') throw new Error('not signed in')
const headers = { authorization: \`Bearer \${tokens.token}\` }
const { data: me } = await api.GET('/me', { headers })
const made = await api.POST('/admin/users', {
  headers,
  body: { username: 'ada', password: 'correct horse battery', roles: ['editor'] },
})
const { data: list } = await api.GET('/admin/users', { headers, params: { query: { limit: 1 } } })
const id = made.data?.id ?? ''
const gone = await api.DELETE('/admin/users/{id}', { headers, params: { path: { id } } })
const { data: next } = await api.POST('/refresh', { body: { refresh_token: tokens.refresh_token } })
const out = await api.POST('/logout', { headers })
const again = await api.GET('/me', { headers })
console.log(JSON.stringify([
  me?.username, made.data?.roles, list?.users.length, list?.next !== null, gone.response.status,
  next?.token_type, out.response.status, again.error?.code,
]))

// @ts-expect-error a member that is not there
tokens.password
// @ts-expect-error a route that is not there
void (() => api.GET('/nowhere'))
// @ts-expect-error a password is text
void (() => api.POST('/login', { body: { username: 'ada', password: 1 } }))
`

test('a client that a third-party tool generates from the document compiles, and signs in, reads and signs out', async () => {
  const port = await freePort()
  const env = {
    COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_HTTP_PORT: String(port),
  }
  await using server = await createServer(loadConfig({ mode: 'development', env }))
  const { url } = await server.listen()
  const folder = mkdtempSync(join(import.meta.dirname, 'generated-client-'))
  try {
    const described: unknown = await (await fetch(`${url}/openapi.json`)).json()
    const types = astToString(await openapi(described as Parameters<typeof openapi>[0]))
    writeFileSync(join(folder, 'api.ts'), types)
    writeFileSync(join(folder, 'program.ts'), program)
    const options = { extends: '../../../../../../tsconfig.json', include: ['*.ts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options))
    await typeCheck(folder)
    const { stdout } = await run(process.execPath, [join(folder, 'program.ts'), url])
    assert.deepEqual(JSON.parse(stdout), [
      'admin',
      ['editor'],
      1,
      true,
      204,
      'Bearer',
      204,
      'token_revoked',
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
