import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { now } from '../jwt/forge.fixture.ts'
import { generateKey, type VerificationKey } from '../jwk/key.ts'
import { toJwks } from './key-set.ts'
import { remoteKeySet, type RemoteKeySet, type RemoteKeySetOptions } from './remote-key-set.ts'
import { fixedClock, throwawayKey, type FixedClock } from '../testing.ts'

/** The key that the issuer publishes at first, and its next key. */
export const key = throwawayKey()
export const next = generateKey('ES256')
/** Makes a header that names a key. */
export const header = (one: VerificationKey, kid = one.id) => ({ alg: one.algorithm, kid })

/** An issuer with a URL. The test sets its answer, and its requests are recorded. */
export interface Issuer {
  readonly url: string
  readonly clock: FixedClock
  readonly received: readonly IncomingMessage[]
  answer: (request: IncomingMessage, response: ServerResponse) => void
}

/** Makes an answer with status 200 and some body. */
export const sends =
  (body: unknown, headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse) =>
    response
      .writeHead(200, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body))
/** Answers with status 500. */
export const fails = (_: IncomingMessage, response: ServerResponse) => response.writeHead(500).end()

/** Starts an issuer on a free port for the duration of a test. */
export async function issuer(
  test: Pick<TestContext, 'after'>,
  answer: Issuer['answer'] = sends(toJwks([key])),
): Promise<Issuer> {
  const received: IncomingMessage[] = []
  const server = createServer((request, response) => {
    received.push(request)
    self.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const self: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    clock: fixedClock(now),
    received,
    answer,
  }
  test.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return self
}

/** Makes the remote key set of an issuer, with the issuer's clock. */
export const keysOf = ({ url, clock }: Issuer, options: RemoteKeySetOptions = {}) =>
  remoteKeySet(url, { clock, ...options })
/** Waits for a request that runs in the background. */
export async function settled(keys: RemoteKeySet, requests: number): Promise<void> {
  while (keys.health().requests < requests) await new Promise((resolve) => setImmediate(resolve))
  await keys.refresh().catch(() => undefined) // joins the running request
}
