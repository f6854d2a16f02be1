// A guard in Python whose relay or issuer sends so slowly that no timeout of a socket ever ends it.
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { askPython, pythonLacks } from '@countersign/testing/python'
import { toJwks } from '@countersign/token'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { change, issuer, key, list, now, uri } from './bounds.fixture.ts'

/** Each part runs in a thread of its own, which does not keep the process alive if it hangs. */
const program = `
import json, logging, sys, threading, time
import countersign.documents as documents
from countersign import Guard
from countersign.keys import keys_of
from countersign.process import Process
asked = json.load(sys.stdin)
logging.disable()
documents._TIMEOUT = 1

def until(met, seconds=10):
    end = time.monotonic() + seconds
    while not met() and time.monotonic() < end:
        time.sleep(0.01)
    return met()

def process():
    guard = Guard(asked["issuer"], "any", clock=lambda: asked["now"], relay=asked["relay"])
    made = Process(guard)
    made.keys._keys, made.keys.fresh_until = keys_of(asked["jwks"]), float("inf")
    return made

documents_seen = {}
def fetch(url):
    try:
        documents.fetch(url, ("application/json",), 100_000)
        documents_seen[url] = "answered"
    except documents.REQUEST_ERRORS:
        documents_seen[url] = "failed"

refreshed_at = []
def tick():
    slow = process()
    slow.keys.fresh_until = 0 # they are always due
    slow.keys.refresh = lambda: refreshed_at.append(time.monotonic())
    for at in range(4):
        slow._list_at(asked["issuer"] + f"/slow/{at}")
    slow._tick()

feed_seen = []
def follow():
    held = process()._list_at(asked["uri"])
    held.load()
    feed_seen.append(until(lambda: held._feed is not None and held._feed.is_open))
    feed_seen.append(until(lambda: not held._feed.is_open))

for work, *values in [(tick,), (follow,), *((fetch, url) for url in asked["documents"])]:
    threading.Thread(target=work, args=values, daemon=True).start()
until(lambda: len(documents_seen) == len(asked["documents"]) and len(feed_seen) == 2 and len(refreshed_at) >= 5)
print(json.dumps({
    "documents": [documents_seen.get(url, "hangs") for url in asked["documents"]],
    "refreshes": len(refreshed_at),
    "feed": feed_seen,
}))
`

/** An answer: its beginning, and what follows every tenth of a second, if it does not end there. */
interface Answer {
  readonly begin: string
  readonly drip?: string
}

const head = (type: string) => `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n\r\n`
const event = change({ after: 5, seq: 5, lifetime: 2 })
const slowHeaders = { begin: 'HTTP/1.1 200 OK\r\nx: ', drip: 'a' }
const answers: Readonly<Record<string, Answer>> = {
  tls: { begin: '\x16\x03\x03\x3f\x00\x02\x00\x3e\xfc', drip: '\0' }, // a ServerHello of 16 kB
  '/headers': slowHeaders,
  '/continue': { begin: '', drip: 'HTTP/1.1 100 Continue\r\n\r\n' },
  '/body': { begin: `${head('application/json')}{"a":"`, drip: 'a' },
  ...Object.fromEntries([0, 1, 2, 3].map((at) => [`/slow/${at}`, slowHeaders])),
  '/status-lists/1': { begin: head('application/statuslist+jwt') + list({ seq: 5 }) },
  '/status-lists/1/feed': {
    begin: `${head('text/event-stream')}event: status\ndata: ${event}\n\ndata: `,
    drip: 'a',
  },
}

test(
  '[23.49] a request ends in time and the keys are refreshed, also if an answer or an event arrives byte by byte',
  { skip: pythonLacks('python3-jwt', 'python3-cryptography') },
  async () => {
    await using server = await startDripping()
    const { port } = server
    const at = (path: string) => `http://127.0.0.1:${port}${path}`
    const documents = [at('/headers'), at('/continue'), at('/body'), `https://127.0.0.1:${port}/`]
    const asked = { issuer, uri, now, jwks: toJwks([key]), relay: at(''), documents }
    const seen = await askPython<{ documents: string[]; refreshes: number; feed: boolean[] }>(
      program,
      asked,
    )
    assert.deepEqual(
      seen.documents,
      documents.map(() => 'failed'),
    )
    assert.ok(seen.refreshes >= 5, `${seen.refreshes} refreshes of the keys, one after each list`)
    assert.deepEqual(seen.feed, [true, true], 'the feed was open, and then cut')
  },
)

/** Starts the server. It refuses a second connection to the feed. */
async function startDripping() {
  const sockets = new Set<Socket>()
  let isFollowed = false
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    socket.once('data', (sent) => {
      const path = sent[0] === 0x16 ? 'tls' : String(sent.toString('latin1').split(' ')[1])
      const isFeed = path.endsWith('/feed')
      const answer = isFeed && isFollowed ? undefined : answers[path]
      isFollowed ||= isFeed
      if (!answer) return void socket.destroy()
      socket.write(answer.begin, 'latin1')
      const { drip } = answer
      if (drip === undefined) return void socket.end()
      const timer = setInterval(() => socket.write(drip, 'latin1'), 100)
      socket.on('close', () => clearInterval(timer))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const one of sockets) one.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
