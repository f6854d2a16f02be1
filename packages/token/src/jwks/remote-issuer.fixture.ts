import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { now } from '../jwt/forge.fixture.ts'
import { generateKey, type VerificationKey } from '../jwk/key.ts'
import { toJwks } from './key-set.ts'
import { remoteKeySet, type RemoteKeySet, type RemoteKeySetOptions } from './remote-key-set.ts'
import { fixedClock, throwawayKey, type FixedClock } from '../testing.ts'

/** The key that an issuer publishes at first, and the one that it takes next. */
export const key = throwawayKey()
export const next = generateKey('ES256')
/** A header that names a key. */
export const header = (one: VerificationKey, kid = one.id) => ({ alg: one.algorithm, kid })

/** An issuer's address: what it answers is set by the test, and what it was asked is counted. */
export interface Issuer {
  readonly url: string
  readonly clock: FixedClock
  readonly asked: readonly IncomingMessage[]
  answer: (request: IncomingMessage, response: ServerResponse) => void
}

/** An answer of 200 with some body. */
export const sends =
  (body: unknown, headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse) =>
    response
      .writeHead(200, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body))
/** An answer of 500. */
export const fails = (_: IncomingMessage, response: ServerResponse) => response.writeHead(500).end()

/** Opens an issuer on a port of its own, for as long as a test takes. */
export async function issuer(
  test: Pick<TestContext, 'after'>,
  answer: Issuer['answer'] = sends(toJwks([key])),
): Promise<Issuer> {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    self.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const self: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    clock: fixedClock(now),
    asked,
    answer,
  }
  test.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return self
}

/** The issuer's keys, by the issuer's clock. */
export const keysOf = ({ url, clock }: Issuer, options: RemoteKeySetOptions = {}) =>
  remoteKeySet(url, { clock, ...options })
/** Waits for a look-up that runs in the background. */
export async function settled(keys: RemoteKeySet, requests: number): Promise<void> {
  while (keys.health().requests < requests) await new Promise((resolve) => setImmediate(resolve))
  await keys.refresh().catch(() => undefined) // joins the flight
}
