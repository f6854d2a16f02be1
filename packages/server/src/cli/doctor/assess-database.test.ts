import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  assessDurability,
  assessMove,
  assessNotifications,
  assessStandbys,
} from './assess-database.ts'
import { assertVerdicts } from './assessments.fixture.ts'
import type { Finding } from './assessments.ts'

test('a database that may lose commits fails', () => {
  const assess = (is: string) => assessDurability({ durability: [['fsync', is, 'on']] })
  assertVerdicts([
    ['on', assess('on'), 'ok'],
    ['off', assess('off'), 'fail'],
  ])
  assert.match(assess('off').advice ?? '', /fsync = on/)
})

test('a database that was moved, or is being moved, is reported', () => {
  const assess = (move: 'copying' | 'frozen' | 'moved' | 'arriving') =>
    assessMove({ move })[0] as Finding
  assert.deepEqual(assessMove({ move: undefined }), [])
  assertVerdicts([
    ['moved', assess('moved'), 'fail'],
    ['the target', assess('arriving'), 'fail'],
    ['frozen', assess('frozen'), 'fail'],
    ['copying', assess('copying'), 'warn'],
  ])
})

test('a standby that no commit waits for is a warning, and so are notifications that do not arrive', () => {
  const standbys = (count: number, synchronous = '') =>
    assessStandbys({ replication: { standbys: count, synchronous } })[0] as Finding
  assert.deepEqual(assessStandbys({ replication: undefined }), [])
  assertVerdicts([
    ['none', standbys(0), 'ok'],
    ['asynchronous', standbys(2), 'warn'],
    ['synchronous', standbys(2, 'ANY 1 (*)'), 'ok'],
    ['direct', assessNotifications({ isPooled: false, notifies: true }), 'ok'],
    ['pooled, with listen_url', assessNotifications({ isPooled: true, notifies: true }), 'ok'],
    ['pooled, without', assessNotifications({ isPooled: true, notifies: false }), 'warn'],
  ])
})
