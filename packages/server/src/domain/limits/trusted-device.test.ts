import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../platform/crypto/random.ts'
import { testRoot } from '../../store/contracts/policies.fixture.ts'
import { rootSecret } from '../kernel/root-secret.ts'
import { Secret } from '../kernel/secret.ts'
import { deviceSeconds, newDeviceMark, readDeviceMark } from './trusted-device.ts'

const now = 1_800_000_000
const day = 86_400

test('[22.15] the mark of a device counts for its user, on the server that made it, for 180 days', () => {
  const mark = newDeviceMark(testRoot, systemRandom, 'ada', now)
  const read = (name = 'ada', at = now, root = testRoot) => readDeviceMark(root, mark, name, at)
  assert.equal(read()?.isRecent, true)
  assert.equal(read('ada', now + 31 * day)?.isRecent, false)
  assert.equal(read('ada', now + 31 * day)?.id, read()?.id)
  assert.equal(read('ada', now + deviceSeconds), undefined)
  assert.equal(read('eve'), undefined)
  const other = rootSecret(new Secret(Buffer.alloc(32, 'other').toString('base64')))
  assert.equal(read('ada', now, other), undefined)
})

test('[22.15] a mark that was changed, or is none, counts for nothing', () => {
  const text = newDeviceMark(testRoot, systemRandom, 'ada', now).reveal()
  const later = text.replace(/\.\d+\./, `.${now + day}.`)
  const changed = [later, `A${text.slice(1)}`, text.slice(0, -1), `${text}A`, '', 'a.b.c', '..']
  for (const one of changed.filter((other) => other !== text))
    assert.equal(readDeviceMark(testRoot, new Secret(one), 'ada', now), undefined, one)
  assert.equal(readDeviceMark(testRoot, undefined, 'ada', now), undefined)
})
