import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../../domain/kernel/secret.ts'
import { parseConnectionUrl } from './connection-url.ts'

const hostsOf = (text: string) =>
  parseConnectionUrl(new Secret(text)).hosts.map((url) => url.reveal())

test('[23.23] each host of a URL has a URL, with its own port and everything else', () => {
  const rows = [
    ['postgres://u:p@a:1,b:2/db?sslmode=verify-full', 'postgres://u:p@a:1/db?sslmode=verify-full', 'postgres://u:p@b:2/db?sslmode=verify-full'],
    ['postgresql://a,[::1]:5433/db', 'postgresql://a/db', 'postgresql://[::1]:5433/db'],
    ['postgres://u@/db?host=a,b&port=1,2', 'postgres://u@/db?host=a&port=1', 'postgres://u@/db?host=b&port=2'],
    ['postgres:///db?host=a,b&port=1', 'postgres:///db?host=a&port=1', 'postgres:///db?host=b&port=1'],
    ['postgres://ada@/auth?host=%2Frun%2Fpg', 'postgres://ada@/auth?host=%2Frun%2Fpg'],
    ['postgres://u:a%40b%2Fc@db/auth', 'postgres://u:a%40b%2Fc@db/auth'],
  ] // prettier-ignore
  for (const [text = '', ...expected] of rows) assert.deepEqual(hostsOf(text), expected)
})

test('[23.20] time-outs leave the URL and are set in each transaction', () => {
  const parsed = parseConnectionUrl(
    new Secret('postgres://a/db?statement_timeout=5&application_name=x'),
  )
  assert.deepEqual(
    parsed.hosts.map((url) => url.reveal()),
    ['postgres://a/db?application_name=x'],
  )
  assert.deepEqual(parsed.setTimeouts, [
    'set local statement_timeout = 5',
    'set local idle_in_transaction_session_timeout = 30000',
  ])
})
