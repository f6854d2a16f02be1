import assert from 'node:assert/strict'
import { createAttemptQueue } from '../../domain/limits/attempt-queue.ts'
import type { Store } from '../../domain/store.ts'
import { totpCodes } from '../../platform/crypto/totp-codes.ts'
import { createWebAuthn } from '../../platform/crypto/web-authn.ts'
import { testPorts } from './test-ports.fixture.ts'

/** The origin of the pages in these contracts. */
export const origin = 'https://auth.example.com'

/** Makes what operations on factors need, on each of the stores of a race and with a clock that the test sets. */
export function factorRuntimes(stores: readonly Store[]) {
  const time = { now: 1_000_000 }
  const attemptQueue = createAttemptQueue()
  const runtime = (index = 0) => ({
    store: stores[index % stores.length]!,
    clock: { now: () => time.now },
    ...testPorts,
    attemptQueue,
    totpCodes,
    webAuthn: createWebAuthn(origin, []),
    issuer: { url: origin },
  })
  return { time, runtime }
}

/** Returns how many of the attempts have succeeded; each other one was refused with one of these codes. */
export async function successes(attempts: readonly Promise<unknown>[], codes: RegExp) {
  const settled = await Promise.allSettled(attempts)
  for (const one of settled)
    if (one.status === 'rejected') assert.match((one.reason as { code: string }).code, codes)
  return settled.filter(({ status }) => status === 'fulfilled').length
}
