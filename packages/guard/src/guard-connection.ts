import { systemClock, type Clock } from '@countersign/token'
import {
  assertOptions,
  systemTimer,
  type NamesOf,
  type Seconds,
  type Timer,
} from '@countersign/token/internal'
import { requirementsInvalid, type RouteRequirements } from './authorize.ts'
import type { Guard } from './guard-interface.ts'
import type { Principal } from './principal.ts'
import type { Answer } from './respond.ts'
import type { RevocationNotice } from './revocation/subscribers.ts'

/** The reason why a connection must end: its token has expired, was revoked, or its status is not known any more. */
export type ConnectionEndReason = 'token_expired' | RevocationNotice

/**
 * The WebSocket close code for a connection whose token has ended: the 4000 of the private range, and the 401 of HTTP.
 *
 * @example
 * import { tokenEndedCode } from '@countersign/guard'
 *
 * export function watch(socket: WebSocket, refresh: () => void): void {
 *   socket.addEventListener('close', ({ code }) => {
 *     if (code === tokenEndedCode) refresh()
 *   })
 * }
 */
export const tokenEndedCode = 4401

/**
 * The options of {@link guardConnection}.
 *
 * @example
 * import { tokenEndedCode, type GuardConnectionOptions } from '@countersign/guard'
 *
 * export const optionsFor = (socket: WebSocket): GuardConnectionOptions => ({
 *   requirements: { scopes: ['notes:read'] },
 *   end: (reason) => socket.close(tokenEndedCode, reason),
 * })
 */
export interface GuardConnectionOptions {
  /** The requirements of the connection; a renewed token must meet them too. */
  readonly requirements?: RouteRequirements
  /** Closes the connection: `socket.close(tokenEndedCode, reason)`, or `response.end()`. Called once, and never after `release`. */
  readonly end: (reason: ConnectionEndReason) => void
  /** Default: the machine's clock. Pass the guard's. */
  readonly clock?: Clock
  /** Default: the machine's timer. */
  readonly timer?: Timer
}

const names = {
  requirements: true,
  end: true,
  clock: true,
  timer: true,
} as const satisfies NamesOf<GuardConnectionOptions>

/** A connection that lasts as long as its token. */
export interface GuardedConnection<P extends Principal<unknown>> {
  /** The caller, by the newest token. */
  readonly principal: P
  /**
   * Takes a newer token, sent over the connection itself: if it is good and of the same issuer and subject, the connection lasts as
   * long as that one. A refusal changes nothing: the connection ends when it would have.
   */
  renew(token: string): Promise<Answer<P> | 'another_subject' | 'ended'>
  /** Stops guarding a connection that is closed. */
  release(): void
}

const maxTimerSeconds = 30 // a machine that slept or had its clock set notices within that time

/**
 * Ends a connection (WebSocket, server-sent events) when the token that opened it expires, within a second, and at once when it is revoked,
 * if the guard follows its issuer's status lists. Check the request with the guard first; then pass its principal here. Fails with
 * `requirements_invalid` for an unknown option, because a misspelt `requirements` would renew tokens that do not meet them.
 *
 * @example
 * import { createGuard, guardConnection } from '@countersign/guard'
 * import { nodeGuard } from '@countersign/guard/node'
 * import { createServer } from 'node:http'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * const handler = nodeGuard(guard, undefined, (_, response, principal) => {
 *   response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: hello\n\n')
 *   const connection = guardConnection(guard, principal, { end: () => response.end() })
 *   response.on('close', connection.release)
 * })
 * export const server = createServer((request, response) => void handler(request, response))
 */
export function guardConnection<P extends Principal<unknown>>(
  guard: Pick<Guard<P>, 'checkToken' | 'onRevoked'>,
  opened: P,
  options: GuardConnectionOptions,
): GuardedConnection<P> {
  assertOptions(options, names, requirementsInvalid)
  return watchConnection(guard, opened, options)
}

function watchConnection<P extends Principal<unknown>>(
  guard: Pick<Guard<P>, 'checkToken' | 'onRevoked'>,
  opened: P,
  { requirements, end, clock = systemClock, timer = systemTimer }: GuardConnectionOptions,
): GuardedConnection<P> {
  let principal = opened
  let ended = false
  let unwatch: () => void = () => undefined
  const release = () => {
    ended = true
    unwatch()
  }
  const finish = (reason: ConnectionEndReason) => {
    if (ended) return
    release()
    end(reason)
  }
  const watch = () => {
    unwatch()
    unwatch = watchExpiry(principal, { clock, timer }, finish)
    if (ended) return
    const [unwatchExpiry, unsubscribe] = [unwatch, guard.onRevoked(principal, finish)]
    unwatch = () => {
      unwatchExpiry()
      unsubscribe()
    }
    if (ended) unwatch() // it was revoked already
  }

  watch()
  return {
    get principal() {
      return principal
    },
    async renew(token) {
      const answer = await guard.checkToken(token, requirements)
      if (ended) return 'ended'
      if (!answer.allowed) return answer
      if (!isSameSubject(principal, answer.principal)) return 'another_subject'
      principal = answer.principal
      watch()
      return answer
    },
    release,
  }
}

/** Calls `onExpired` when a token expires. Returns a function that cancels it. */
function watchExpiry(
  { token }: Principal<unknown>,
  { clock, timer }: { readonly clock: Clock; readonly timer: Timer },
  onExpired: (reason: 'token_expired') => void,
): () => void {
  let cancelTimer: (() => void) | undefined
  function check(): void {
    const left: Seconds = token.claims.exp - clock.now()
    if (left > 0) cancelTimer = timer.after(delayFor(left), check)
    else onExpired('token_expired')
  }
  check()
  return () => cancelTimer?.()
}

/** The last second is checked in steps, because a clock of whole seconds may be late by one. */
function delayFor(left: Seconds): Seconds {
  return left > 1 ? Math.min(left - 1, maxTimerSeconds) : 0.25
}

/** A subject is unique within one issuer only: two issuers may both have an `ada`. */
function isSameSubject(
  { token: one }: Principal<unknown>,
  { token: other }: Principal<unknown>,
): boolean {
  return one.claims.sub === other.claims.sub && one.claims.iss === other.claims.iss
}
