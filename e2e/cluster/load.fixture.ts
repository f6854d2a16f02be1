// Users who sign in, stay, and sign out, and a record of what the servers answered.
import { createSession } from '@countersign/client'
import { inspect } from '@countersign/token'
import { setTimeout as wait } from 'node:timers/promises'
import { password, usernames, type Installation } from './installation.fixture.ts'

/** The tokens of an answer. */
interface Tokens {
  readonly token: string
  readonly refresh_token: string
}

/** A sign-in that was answered, and what was answered later. */
export interface Recorded {
  readonly sessionId: string
  /** The newest tokens. */
  tokens: Tokens
  /** True if the last refresh has no answer: the server may have made the next refresh token. */
  isRefreshUnanswered?: boolean
  /** The times at which the sign-out was sent and answered, in seconds; `undefined` while it was not. */
  signOutSentAt?: number
  signedOutAt?: number
}

/** The observations of a load. */
export interface Load {
  readonly records: readonly Recorded[]
  /** The times of the writes that were answered with success, in seconds. */
  readonly writes: readonly number[]
  /** The number of answers by status. */
  readonly statuses: ReadonlyMap<string, number>
  /** The faults that were seen, in words; there must be none. */
  readonly faults: readonly string[]
  /** The failures that users who stay saw when they needed a token: for a moment without a database they do, and then try again. */
  readonly failures: readonly string[]
  /** Ends it, when its requests are answered. */
  stop(): Promise<void>
}

/** The amount of load. */
export interface LoadOptions {
  /** Sessions that are held, each with a client of ours. */
  readonly held: number
  /** Users who sign in and out all the time. */
  readonly visitors: number
  /** Returns what the servers and the database know of a token that a guard was wrong about. */
  readonly investigate?: (token: string) => Promise<string>
}

const seconds = () => Date.now() / 1000
const pause = 200 // milliseconds between two requests of a user, on average

/** A running load, while it is written. */
interface State {
  readonly url: string
  readonly guards: Installation['guards']
  readonly records: Recorded[]
  readonly writes: number[]
  readonly statuses: Map<string, number>
  readonly faults: string[]
  readonly failures: string[]
  readonly ended: AbortController
  readonly investigate: (token: string) => Promise<string>
}

/** Starts users and the questions to guards. */
export async function startLoad(
  { url, guards }: Installation,
  options: LoadOptions,
): Promise<Load> {
  const ended = new AbortController()
  const state: State = {
    url,
    guards,
    records: [],
    writes: [],
    statuses: new Map(),
    faults: [],
    failures: [],
    ended,
    investigate: options.investigate ?? (async () => ''),
  }
  const holders = await Promise.all(
    Array.from({ length: options.held }, (_, at) => signInToStay(state, at)),
  )
  const running = [
    ...holders.map((stay) => stay()),
    ...Array.from({ length: options.visitors }, (_, at) => comeAndGo(state, at)),
    askGuards(state),
  ]
  return {
    ...state,
    async stop() {
      ended.abort()
      await Promise.all(running)
    },
  }
}

/** Sends a request, and notes the answer. Returns no response if there was none. */
async function send(state: State, path: string, init: RequestInit): Promise<Response | undefined> {
  try {
    const response = await fetch(state.url + path, { signal: AbortSignal.timeout(30_000), ...init })
    note(state, path, response)
    return response
  } catch (error) {
    count(state, `no answer: ${String((error as Error).cause ?? error)}`)
    return undefined
  }
}

function note(state: State, path: string, { status, headers }: Response): void {
  count(state, String(status))
  if (status < 300) state.writes.push(seconds())
  else if (status !== 503) state.faults.push(`${path} answered ${status}`)
  else if (!headers.has('retry-after'))
    state.faults.push(`${path} answered 503 without Retry-After`)
}

function count({ statuses }: State, name: string): void {
  statuses.set(name, (statuses.get(name) ?? 0) + 1)
}

const asJson = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

function newRecord(tokens: Tokens): Recorded {
  const { sid } = inspect(tokens.token).claims as { readonly sid: string }
  return { sessionId: sid, tokens }
}

const expiryOf = ({ token }: Tokens) => (inspect(token).claims as { readonly exp: number }).exp

/** Signs a user in with the client of this project; the result keeps the session alive until the load ends. */
async function signInToStay(state: State, at: number): Promise<() => Promise<void>> {
  let record: Recorded | undefined
  const session = createSession({
    url: state.url,
    mode: 'bearer',
    async fetch(input, init) {
      if (record) record.isRefreshUnanswered = true
      const response = await fetch(input, init)
      note(state, new URL(response.url).pathname, response)
      if (response.status !== 200) return response
      const tokens = (await response.clone().json()) as Tokens
      record ??= newRecord(tokens)
      Object.assign(record, { tokens, isRefreshUnanswered: false })
      return response
    },
  })
  await session.signIn({ username: usernames[at % usernames.length] ?? '', password })
  if (record) state.records.push(record)
  const isSignedIn = async () => {
    try {
      return (await session.accessToken()) !== ''
    } catch (error) {
      state.failures.push(String(error))
      return false
    }
  }
  return async () => {
    while (!state.ended.signal.aborted) {
      await wait(Math.random() * 10 * pause)
      await isSignedIn()
      if (session.state.status !== 'signed_in') break
    }
    for (let left = 60; !(await isSignedIn()) && left > 0; left--) await wait(500)
    if (!(await isSignedIn()))
      state.faults.push(`a user who stays is not signed in: ${JSON.stringify(session.state)}`)
    session.close()
  }
}

/** A user who signs in and out again and again. */
async function comeAndGo(state: State, at: number): Promise<void> {
  for (let turn = at; !state.ended.signal.aborted; turn++) {
    const username = usernames[turn % usernames.length]
    const response = await send(state, '/login', asJson({ username, password }))
    await wait(2 * pause * Math.random())
    if (response?.status !== 200) continue
    const record = newRecord((await response.json()) as Tokens)
    state.records.push(record)
    await wait(2 * pause * Math.random())
    if (turn % 8 === 7) continue // closes the browser without signing out
    record.signOutSentAt = seconds()
    const answer = await send(
      state,
      '/logout',
      asJson({ refresh_token: record.tokens.refresh_token }),
    )
    if (answer?.status === 204) record.signedOutAt = seconds()
  }
}

const noticedWithin = 2 // seconds after its answer in which every guard knows of a sign-out

/** Asks the guards about tokens: a good one must be allowed, and one whose sign-out was answered some time ago must not. */
async function askGuards(state: State): Promise<void> {
  for (let turn = 0; !state.ended.signal.aborted; turn++) {
    await wait(50)
    const recent = state.records.slice(-40)
    const record =
      turn % 2 === 0 ? recent[turn % recent.length] : state.records[turn % state.records.length]
    const guard = state.guards[turn % state.guards.length]
    if (record === undefined || guard === undefined) continue
    const asked = seconds()
    const { tokens } = record
    const { verdict, list } = await guard.check(tokens.token)
    const isEnding = record.signOutSentAt !== undefined
    const isFresh = seconds() < expiryOf(tokens)
    const isOver = record.signedOutAt !== undefined && asked - record.signedOutAt > noticedWithin
    count(state, `guard: ${verdict}`)
    const fault =
      !isEnding && isFresh && verdict !== 'allowed'
        ? `a guard refused a good token: ${verdict}`
        : isOver && verdict === 'allowed'
          ? `a guard allowed a token ${(asked - (record.signedOutAt ?? 0)).toFixed(1)} s after its sign-out`
          : undefined
    if (fault === undefined) continue
    const asList = JSON.stringify(list)
    state.faults.push(`${fault}; its list: ${asList}; ${await state.investigate(tokens.token)}`)
  }
}
