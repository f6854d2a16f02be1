// better-auth in its default shape: scrypt, sessions in SQLite (WAL, FULL), a JWT from a session.
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins/jwt'
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'

const [file = ':memory:'] = process.argv.slice(2)
const port = Number(process.env['PORT'])
const database = new DatabaseSync(file)
database.exec('pragma journal_mode = wal; pragma synchronous = full')

const options = {
  database,
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'a-secret-of-this-benchmark-and-of-nothing-else',
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  plugins: [jwt()],
}
const { runMigrations } = await getMigrations(options)
await runMigrations()
const handler = toNodeHandler(betterAuth(options))
createServer((request, response) => void handler(request, response)).listen(port, '127.0.0.1')
