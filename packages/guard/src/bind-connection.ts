import { systemClock, type Clock } from '@countersign/token'
import {
  assertOptions,
  systemTimer,
  type NamesOf,
  type Seconds,
  type Timer,
} from '@countersign/token/internal'
import type { Answer } from './answer.ts'
import type { Guard } from './guard.ts'
import { unknownNeed, type Need } from './need.ts'
import type { Principal } from './principal.ts'
import type { StatusEnd } from './watchers.ts'

/** Why a connection has to end: its token's time is over, it was revoked, or nobody can tell whether it was. */
export type EndReason = 'token_expired' | StatusEnd

/** The close code of a WebSocket whose token has ended: the private range's 4000, and HTTP's 401. */
export const tokenEnded = 4401

/** How a connection is bound. */
export interface BindOptions {
  /** What the connection needs; a renewed token must have it too. */
  readonly need?: Need
  /** Closes the connection: `socket.close(tokenEnded, reason)`, or `response.end()`. Called once, and never after `release`. */
  readonly end: (reason: EndReason) => void
  /** Default: the machine's clock. Give the guard's. */
  readonly clock?: Clock
  /** Default: the machine's timer. */
  readonly timer?: Timer
}

const names = {
  need: true,
  end: true,
  clock: true,
  timer: true,
} as const satisfies NamesOf<BindOptions>

/** A connection that lasts as long as its token. */
export interface Binding<P extends Principal<unknown>> {
  /** Who is at the other end, as the newest token says. */
  readonly principal: P
  /**
   * Shows a newer token, sent over the connection itself: when it is good and of the same issuer and subject, the connection lasts as
   * long as that one. A refusal changes nothing: the connection ends when it would have.
   */
  renew(token: string): Promise<Answer<P> | 'another_subject' | 'ended'>
  /** The connection is gone: nothing is watched any more. */
  release(): void
}

const longestWait = 30 // seconds; a machine that slept or had its clock set is noticed by then

/**
 * Ends a connection (WebSocket, server-sent events) when the token that opened it ends, within a second, and at once when it is revoked, by a
 * guard that follows its issuer's status lists. Check the request with the guard first; then hand over its principal here. Fails with
 * `need_invalid` for an option that there is not, lest `needs` renew a token that lacks them.
 */
export function bindConnection<P extends Principal<unknown>>(
  guard: Pick<Guard<P>, 'checkToken' | 'onRevoked'>,
  opened: P,
  options: BindOptions,
): Binding<P> {
  assertOptions(options, names, unknownNeed)
  return bind(guard, opened, options)
}

function bind<P extends Principal<unknown>>(
  guard: Pick<Guard<P>, 'checkToken' | 'onRevoked'>,
  opened: P,
  { need, end, clock = systemClock, timer = systemTimer }: BindOptions,
): Binding<P> {
  let principal = opened
  let over = false
  let stop: () => void = () => undefined
  const release = () => {
    over = true
    stop()
  }
  const finish = (reason: EndReason) => {
    if (over) return
    release()
    end(reason)
  }
  const watch = () => {
    stop()
    stop = watchTime(principal, { clock, timer }, finish)
    if (over) return
    const [stopTime, stopStatus] = [stop, guard.onRevoked(principal, finish)]
    stop = () => {
      stopTime()
      stopStatus()
    }
    if (over) stop() // it was revoked already
  }

  watch()
  return {
    get principal() {
      return principal
    },
    async renew(token) {
      const answer = await guard.checkToken(token, need)
      if (over) return 'ended'
      if (!answer.allowed) return answer
      if (!isSame(principal, answer.principal)) return 'another_subject'
      principal = answer.principal
      watch()
      return answer
    },
    release,
  }
}

/** Tells when a token's time is over. */
function watchTime(
  { token }: Principal<unknown>,
  { clock, timer }: { readonly clock: Clock; readonly timer: Timer },
  onEnd: (reason: 'token_expired') => void,
): () => void {
  let callOff: (() => void) | undefined
  function look(): void {
    const left: Seconds = token.claims.exp - clock.now()
    if (left > 0) callOff = timer.after(waitFor(left), look)
    else onEnd('token_expired')
  }
  look()
  return () => callOff?.()
}

/** The last second is taken in steps, for a clock of whole seconds may be late by one. */
function waitFor(left: Seconds): Seconds {
  return left > 1 ? Math.min(left - 1, longestWait) : 0.25
}

/** A subject is one issuer's own: two issuers may both know an `ada`. */
function isSame({ token: one }: Principal<unknown>, { token: other }: Principal<unknown>): boolean {
  return one.claims.sub === other.claims.sub && one.claims.iss === other.claims.iss
}
