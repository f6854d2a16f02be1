import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from './load.ts'

const load = (url: string) =>
  loadConfig({ mode: 'production', env: { COUNTERSIGN_DATABASE_URL: url } }).database

test('[18.22] a database URL that cannot mean what was meant is refused, and says why', () => {
  for (const [url, expected] of [
    ['postgres://u:canary@a.example,,b.example/auth', /one is empty/],
    ['postgres://u:canary@a.example:5432,b.example:port/auth', /percent-encoded/],
    ['postgres://u:canary@a,b/auth?host=c,d', /names hosts twice/],
    ['postgres:///auth?host=a,b&port=1,2,3', /one port for all hosts/],
    ['postgres://u:canary@db/auth?sslmode=verify_full', /unknown sslmode.*verify-full/],
    ['postgres://u:canary@db/auth?sslmode=', /unknown sslmode.*verify-full/],
    ['postgres://u:canary@db/auth?statement_timeout=2s', /statement_timeout in milliseconds/],
    ['postgres://u:canary@db/auth?lock_timeout=', /lock_timeout in milliseconds/],
    ['postgres://u:can/ary@db/auth', /percent-encoded/],
    ['postgres://u:canary@db:port/auth', /percent-encoded/],
  ] as const)
    assert.throws(
      () => load(url),
      (error: Error) => {
        assert.match(error.message, expected, url)
        assert.doesNotMatch(error.message, /canary/)
        return true
      },
    )
})

test('[18.22] a database URL may name the folder of a socket, or several hosts, as libpq writes them', () => {
  for (const url of [
    'postgres:///auth?host=/var/run/postgresql',
    'postgres://ada@/auth?host=/var/run/postgresql',
    'postgres://%2Fvar%2Frun%2Fpostgresql/auth',
    'postgres://ada:secret@db.example:5432/auth?sslmode=verify-full',
    'postgres://ada:secret@a.example:5432,b.example:5433,[::1]/auth',
    'postgres:///auth?host=a,b&port=5432,5433',
    'postgres://ada@db.example/auth?statement_timeout=0&lock_timeout=2000',
  ])
    assert.equal(load(url).url.kind, 'postgres', url)
})
