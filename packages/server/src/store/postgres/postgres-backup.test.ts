import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../../domain/kernel/secret.ts'
import { pgDumpCommand } from './postgres-backup.ts'

const rows = [
  ['postgres://ada:geheim@db.example.com/auth', 'postgres://ada@db.example.com/auth'],
  ['postgresql://ada@db:5433/auth', 'postgresql://ada@db:5433/auth'],
  ['postgres://db.example.com/auth', 'postgres://db.example.com/auth'],
  ['postgres://ada:geheim@db/auth?sslmode=verify-full&password=geheim', 'postgres://ada@db/auth?sslmode=verify-full'],
  ['postgres://ada:geheim@db/auth?sslmode=no-verify&application_name=x', 'postgres://ada@db/auth?sslmode=require'],
  ['postgres://ada:geheim@/auth?host=/run/pg', 'postgres://ada@/auth?host=%2Frun%2Fpg'],
  ['postgres://ada:geheim@a:5432,b:5433/auth?target_session_attrs=any', 'postgres://ada@a:5432,b:5433/auth'],
  ['postgres://a%27da:gehe%27im@db/auth', 'postgres://a%27da@db/auth'],
] // prettier-ignore

test('the command that backs PostgreSQL up names where, and no password, wherever that stood', () => {
  for (const [url = '', where = ''] of rows) {
    const command = pgDumpCommand(new Secret(url), 'copy.dump')
    assert.ok(command.endsWith(` --file='copy.dump' '${where}')`), command)
    assert.doesNotMatch(command, /geheim|gehe/)
  }
})
