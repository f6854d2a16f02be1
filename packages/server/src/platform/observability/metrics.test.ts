import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metrics } from '../../domain/kernel/metrics.ts'
import { createMeter } from './metrics.ts'

const lineOf = (text: string, start: string) =>
  text.split('\n').filter((line) => line.startsWith(start))

test('counters, histograms and gauges can be read in the format of Prometheus', async () => {
  const meter = await createMeter()
  meter.count('logins_total', { outcome: 'signed_in' })
  meter.count('logins_total', { outcome: 'signed_in' })
  meter.observe('password_hash_duration_seconds', { work: 'hash' }, 0.03)
  meter.watch('signing_keys', async () => [[{ algorithm: 'ES256', state: 'active' }, 1]])
  const text = await meter.text()
  assert.deepEqual(lineOf(text, 'countersign_logins_total'), [
    'countersign_logins_total{outcome="signed_in"} 2',
  ])
  assert.deepEqual(lineOf(text, 'countersign_password_hash_duration_seconds_bucket{le="0.05"'), [
    'countersign_password_hash_duration_seconds_bucket{le="0.05",work="hash"} 1',
  ])
  assert.deepEqual(lineOf(text, 'countersign_signing_keys{'), [
    'countersign_signing_keys{algorithm="ES256",state="active"} 1',
  ])
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds /m)
  assert.match(meter.type, /^text\/plain; version=0\.0\.4/)
})

test('a gauge that cannot be read is left out, because zero would be wrong; the others are exported', async () => {
  const meter = await createMeter()
  let readable = true
  meter.watch('audit_log_entries', async () => {
    if (readable) return [[{}, 7]]
    throw new Error('the database is away')
  })
  meter.watch('password_hashes_waiting', () => [[{}, 3]])
  assert.deepEqual(lineOf(await meter.text(), 'countersign_audit_log_entries'), [
    'countersign_audit_log_entries 7',
  ])
  readable = false
  const text = await meter.text()
  assert.deepEqual(lineOf(text, 'countersign_audit_log_entries'), [])
  assert.deepEqual(lineOf(text, 'countersign_password_hashes_waiting'), [
    'countersign_password_hashes_waiting 3',
  ])
})

test('every metric has a sentence, a name with its unit, and a description of each label', () => {
  for (const [name, { kind, doc, labels }] of Object.entries(metrics)) {
    assert.match(doc, /^[A-Z].*\.$/, name)
    if (kind === 'counter') assert.match(name, /_total$/)
    if (kind === 'histogram') assert.match(name, /_seconds$/)
    for (const values of Object.values(labels)) assert.match(values, /\w/, name)
  }
})
