// A guard in Python whose relay sends more than an issuer does, to take its processor or to make it flood the issuer.
import { askPython, pythonLacks } from '@countersign/testing/python'
import assert from 'node:assert/strict'
import { test } from 'node:test'

const skip = pythonLacks('python3-jwt', 'python3-cryptography')

/** Reads one text after the other as the feed of one list, and prints how many events each had before the feed was cut. */
const readingProgram = `
import io, json, sys
from countersign.feed import Budget, events
budget = Budget()
def read(text, times):
    found = 0
    try:
        for _ in events(io.BytesIO(text.encode() * times), budget):
            found += 1
    except ValueError:
        return ["cut", found]
    return ["open", found]
print(json.dumps([read(*one) for one in json.load(sys.stdin)]))
`

test(
  '[23.50] a feed is cut after ten thousand events at once, and not after those of 100,000 sessions',
  { skip },
  async () => {
    const many = `event: status\ndata: ${'x'.repeat(10_000)}\n\n` // a thousand sessions
    const [honest, repeated, comments] = await askPython<[string, number][]>(readingProgram, [
      [many, 100],
      ['event: status\ndata: x\n\n', 20_000],
      [':\n', 100_000],
    ])
    assert.deepEqual(honest, ['open', 100])
    assert.equal(repeated?.[0], 'cut')
    assert.ok(Number(repeated?.[1]) > 5_000, String(repeated))
    assert.deepEqual(comments, ['cut', 0])
  },
)
