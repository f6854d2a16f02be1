// A guard in Python whose relay sends more than an issuer does, to take its processor or to make it flood the issuer.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTestIssuer } from '@countersign/guard/testing'
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

/** Takes two names of keys in turn, as from a relay that alternates events, for a second. */
const alternatingProgram = `
import json, sys, time
from countersign.feed import KeyNames
from countersign.keys import Keys
names = KeyNames(Keys(json.load(sys.stdin)))
for _ in range(25):
    for name in "ab":
        names.follow(name)
        time.sleep(0.02)
print("null")
`

test(
  '[23.51] events that alternate two names of keys have the keys requested four times at once, and then once in two seconds',
  { skip },
  async () => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const issuer = createTestIssuer({ url })
    server.on('request', (request, response) => {
      void issuer
        .fetch(url + request.url)
        .then(async (answer) =>
          response
            .writeHead(answer.status, Object.fromEntries(answer.headers))
            .end(await answer.text()),
        )
    })
    const begin = performance.now()
    await askPython(alternatingProgram, url)
    const seconds = (performance.now() - begin) / 1000
    assert.ok(issuer.keyRequests >= 4, `${issuer.keyRequests}`)
    assert.ok(issuer.keyRequests <= 4 + seconds / 2, `${issuer.keyRequests} in ${seconds} s`)
    server.closeAllConnections()
    await once(server.close(), 'close')
  },
)
