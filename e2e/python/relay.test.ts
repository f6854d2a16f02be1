// A guard in Python that follows a relay: what it requests from whom, and what a relay that lies can do.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestIssuer } from '@countersign/guard/testing'
import { askPython, pythonLacks } from '@countersign/testing/python'

/** Checks a token until the relay's answer to `/end` has revoked it and the guard refuses it, for some seconds at most. */
const program = `
import json, logging, sys, time, urllib.request
from countersign import Guard
from countersign.refusals import Refused
asked = json.load(sys.stdin)
logging.disable()
guard = Guard(asked["issuer"], asked["audience"], clock=lambda: asked["now"], relay=asked["relay"], max_stale=asked["max_stale"])
def check():
    try:
        guard.check("Bearer " + asked["token"])
        return "allowed"
    except Refused as error:
        return error.code
seen = [check()]
time.sleep(0.5)
urllib.request.urlopen(asked["relay"] + "/end").read()
deadline = time.monotonic() + 10
while check() == "allowed" and time.monotonic() < deadline:
    time.sleep(0.05)
print(json.dumps(seen + [check()]))
`

const wrongProgram = `
import json, sys
from countersign import Guard
refused = []
for relay in json.load(sys.stdin):
    try:
        Guard("https://issuer.example", "any", relay=relay)
    except ValueError:
        refused.append(relay)
print(json.dumps(refused))
`

const skip = pythonLacks('python3-jwt', 'python3-cryptography')

test(
  'a guard requests lists and the feed from its relay, and keys from the issuer',
  { skip },
  async () => {
    const issuer = await listening()
    const relay = await listening()
    const {
      token,
      url,
      audience,
      clock,
      fetch: answer,
      revoke,
    } = createTestIssuer({ url: issuer.url })
    const mine = token()
    const [atIssuer, atRelay]: [string[], string[]] = [[], []]
    issuer.respond = (path, init) => {
      atIssuer.push(path)
      return answer(url + path, init)
    }
    relay.respond = async (path, init) => {
      if (path !== '/lists/end') {
        atRelay.push(path)
        return answer(url + path.slice('/lists'.length), init)
      }
      await revoke(mine)
      return new Response('')
    }
    const asked = {
      issuer: url,
      audience,
      now: clock.now(),
      token: mine,
      relay: `${relay.url}/lists`,
      max_stale: 10,
    }
    assert.deepEqual(await askPython(program, asked), ['allowed', 'token_revoked'])
    assert.deepEqual([...new Set(atRelay)], ['/lists/status-lists/1', '/lists/status-lists/1/feed'])
    assert.ok(atIssuer.length > 0 && atIssuer.every((path) => !path.startsWith('/status-lists')))
    await Promise.all([issuer.close(), relay.close()])
  },
)

test(
  '[23.40] a guard ends the feed of a relay that alters an event, and loads the list for what it may have said',
  { skip },
  async () => {
    await using server = await listening()
    const {
      token,
      url,
      audience,
      clock,
      fetch: answer,
      revoke,
    } = createTestIssuer({ url: server.url })
    const mine = token()
    let [isLying, feeds] = [false, 0]
    const altered = () =>
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, out) {
          const event = Buffer.from(chunk).toString()
          out.enqueue(Buffer.from(isLying ? event.replaceAll('\n\n', 'A\n\n') : event))
        },
      })
    server.respond = async (path, init) => {
      if (path === '/end') {
        isLying = true
        await revoke(mine)
        return new Response('')
      }
      const honest = await answer(url + path, init)
      if (!path.endsWith('/feed')) return honest
      feeds++
      return new Response(honest.body?.pipeThrough(altered()), honest)
    }
    const asked = {
      issuer: url,
      audience,
      now: clock.now(),
      token: mine,
      relay: url,
      max_stale: 600,
    }
    assert.deepEqual(await askPython(program, asked), ['allowed', 'token_revoked'])
    assert.ok(feeds > 0)
  },
)

test('the URL of a relay is checked', { skip }, async () => {
  const wrong = ['relay.internal', 'ftp://relay.internal', 'http://relay/?a', 'http://a@b']
  const right = ['http://relay.internal:8080', 'https://relay.example']
  assert.deepEqual(await askPython(wrongProgram, [...wrong, ...right]), wrong)
})

/** A server whose answers a test sets. */
async function listening() {
  const self = {
    respond: async (_path: string, _init: RequestInit): Promise<Response> => new Response(''),
    url: '',
    [Symbol.asyncDispose]: () => self.close(),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  const server = createServer((request, response) => void forward(request, response))
  async function forward({ url = '', headers }: IncomingMessage, response: ServerResponse) {
    const answer = await self.respond(url, { headers: headers as Record<string, string> })
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).flushHeaders()
    for await (const chunk of answer.body ?? []) response.write(chunk)
    response.end()
  }
  await once(server.listen(0, '127.0.0.1'), 'listening')
  self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return self
}
