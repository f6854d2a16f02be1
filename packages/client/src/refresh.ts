import { toFailure, type Answer } from './answer.ts'
import type { Ask } from './ask.ts'
import type { CountersignError } from './failures.ts'
import { insist } from './insist.ts'
import type { Kept, SignedIn } from './kept.ts'
import type { Platform, Seconds } from './platform.ts'
import { claim, judgeRenewal, newSignedIn, settle, type Verdict } from './renewal.ts'
import { inTurn } from './turn.ts'
import type { View } from './view.ts'

/** What came of a refresh: what is kept now, and why it could not be renewed if it could not. */
export interface Refreshed {
  readonly kept: Kept
  readonly failure?: CountersignError
}

/** Whether a refresh is still wanted, of what another tab may just have refreshed. */
export type Wanted = (kept: SignedIn) => boolean

/** What renews a session, for many callers and many tabs at once. */
export interface Refresher {
  /**
   * Renews the session if that is still wanted when it is this tab's turn. Throws nothing that the server could cause. `cure` when it is
   * asked for because a server has refused the token.
   */
  refresh(wanted: Wanted, cure?: boolean): Promise<Refreshed>
  /** Asks the server whether its cookies are of a session, when nothing is kept that would say so. */
  find(): Promise<Refreshed>
}

/** Within the server's grace of ten seconds: whoever takes a turn away asks for what the other has perhaps been given, and gets the same. */
const patience = { most: 5, least: 1 } // seconds

/** Makes a refresher. */
export function createRefresher(
  view: View,
  ask: Ask,
  { platform, mode, name }: RefresherOptions,
): Refresher {
  const askToRefresh = (kept?: SignedIn): Promise<Answer> => {
    const body = kept?.tokens ? { body: { refresh_token: kept.tokens.refresh } } : {}
    const question = { method: 'POST', path: '/refresh', ...body }
    return insist((signal) => ask({ ...question, signal }), platform)
  }
  const renew = async (wanted: Wanted, cure: boolean, again = true): Promise<Refreshed> => {
    let claimed: SignedIn | undefined
    const kept = await view.change((found) => {
      if (found.status !== 'signed_in' || !wanted(found)) return found
      claimed = claim(found, platform.now(), cure)
      return claimed
    })
    const mine = claimed
    if (!mine) return { kept }
    const answer = await askToRefresh(mine)
    if (answer.kind === 'lost' && answer.heldUp && again) return renew(wanted, cure, false)
    const verdict = judgeRenewal(answer, mode)
    const settled = await view.change((found) => settle(found, mine, verdict))
    return { kept: settled, ...failureOf(verdict) }
  }
  const find = async (): Promise<Refreshed> => {
    const known = await view.peek()
    if (known.status === 'signed_in') return { kept: await view.load() } // found by another tab in its turn
    const at = platform.now()
    const verdict = judgeRenewal(await askToRefresh(), mode)
    if (verdict.kind === 'failed') return { kept: known, ...failureOf(verdict) }
    if (verdict.kind === 'over') return { kept: await view.load() } // and what is kept may say more of why
    const next = newSignedIn(verdict.issued, at, platform.newId())
    return { kept: await view.change((found) => (found.status === 'signed_in' ? found : next)) }
  }
  const takingTurns = async (work: () => Promise<Refreshed>): Promise<Refreshed> => {
    const wait = name === null ? 0 : patienceFor(await view.peek(), platform.now())
    return inTurn(platform, name, wait, work)
  }
  return sharingFlights({ platform, takingTurns, renew, find })
}

interface Flights {
  readonly platform: Platform
  takingTurns(work: () => Promise<Refreshed>): Promise<Refreshed>
  renew(wanted: Wanted, cure: boolean): Promise<Refreshed>
  find(): Promise<Refreshed>
}

/** One refresh for all callers of this tab; and none while the server has asked to be left alone. */
function sharingFlights({ platform, takingTurns, renew, find }: Flights): Refresher {
  let flight: Promise<Refreshed> | undefined
  let held: { readonly from: Seconds; readonly until: Seconds; readonly by: Refreshed } | undefined
  const fly = (work: () => Promise<Refreshed>): Promise<Refreshed> => {
    flight = takingTurns(work)
      .then((refreshed) => {
        const wait = refreshed.failure?.facts['retryAfter']
        const from = platform.now()
        held = typeof wait === 'number' ? { from, until: from + wait, by: refreshed } : undefined
        return refreshed
      })
      .finally(() => (flight = undefined))
    return flight
  }
  const refresh: Refresher['refresh'] = async (wanted, cure = false) => {
    if (flight) {
      const refreshed = await flight
      const { kept, failure } = refreshed
      if (failure || kept.status !== 'signed_in' || !wanted(kept)) return refreshed
      return refresh(wanted, cure)
    }
    const now = platform.now()
    if (held && now >= held.from && now < held.until) return held.by
    return fly(() => renew(wanted, cure))
  }
  return { refresh, find: () => flight ?? fly(find) }
}

interface RefresherOptions {
  readonly platform: Platform
  readonly mode: 'bearer' | 'cookie'
  /** Whose turns are taken; `null` when nobody else shares what is kept. */
  readonly name: string | null
}

/** How long to wait for one's turn: until another tab that has asked must have had its answer. */
function patienceFor(kept: Kept, now: Seconds): Seconds {
  const { most, least } = patience
  const since = kept.status === 'signed_in' && kept.askedAt !== null ? now - kept.askedAt : 0
  return Math.max(least, Math.min(most, most - since))
}

function failureOf(verdict: Verdict): { readonly failure?: CountersignError } {
  return verdict.kind === 'failed' ? { failure: toFailure(verdict.answer) } : {}
}
