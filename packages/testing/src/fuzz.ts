import {
  createVerifier,
  decodeStatusList,
  generateKey,
  importSecret,
  inspect,
  isCountersignError,
  localKeySet,
  type Verifier,
} from '@countersign/token'
import { parseJsonObject } from '@countersign/token/internal'
import { createGuard } from '@countersign/guard'
import { createHmac } from 'node:crypto'
import { hostileTexts, newMutator, type Mutator } from './hostile.ts'

const maxMilliseconds = 5 // for any input; slow inputs are tried again, because a garbage collection may have interrupted one
const maxHeapGrowth = 64 * 1024 * 1024 // bytes, from the start to the end

/** The result of a run. */
export interface FuzzReport {
  readonly runs: number
  /** The slowest input, by the best of five tries, and its time. */
  readonly slowest: { readonly milliseconds: number; readonly input: string }
  /** The growth of the heap in bytes. */
  readonly heapGrowth: number
  /** Inputs that were accepted, took too long, or caused an unexpected error. */
  readonly faults: readonly string[]
}

/** A parser or verifier under test. */
interface Target {
  readonly name: string
  read(input: string): boolean
}

const secret = 'HkN0pQ7vXy2LrT9cWb4sZd8fGa1jEm6u'
const key = importSecret(secret, 'HS256', { id: 'shared' })
const claims = { iss: 'https://issuer.example', aud: 'api', sub: 'ada', jti: 'one' }
const now = 1_800_000_000
const clock = { now: () => now }

const verifierOf = (maxLength: number): Verifier =>
  createVerifier({
    issuer: claims.iss,
    audience: claims.aud,
    algorithms: ['HS256', 'ES256'],
    keys: { find: ({ kid }) => (kid === 'shared' ? key : undefined) },
    maxLength,
    clock,
  })

/** Signs a token without a signature, so that mutations pass the signature check and reach the parsers behind it. */
function signed(text: string): string {
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

const encode = (text: string) => Buffer.from(text).toString('base64url')
const head = JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: 'shared' })
const body = JSON.stringify({ ...claims, iat: now, exp: now + 60 })
const good = signed(`${encode(head)}.${encode(body)}`)

/** Matches a valid header: the scheme in any case, and spaces (RFC 9110, section 11.4). */
const asGood = new RegExp(`^\\s*bearer +${good.replaceAll('.', String.raw`\.`)}\\s*$`, 'i')

const succeeds = (work: () => unknown): boolean => {
  try {
    work()
    return true
  } catch (error) {
    if (isCountersignError(error)) return false
    throw error
  }
}

function targets(): readonly Target[] {
  const [usual, wide] = [verifierOf(8192), verifierOf(65_536)]
  const guard = createGuard({ verifier: usual, onEvent: () => undefined })
  const bearer = (header: string) => ({ method: 'GET', url: '/', header: () => header })
  const [jwk] = [JSON.stringify({ keys: [generateKey('ES256').key.export({ format: 'jwk' })] })]
  return [
    { name: 'verify', read: (input) => succeeds(() => usual.verify(input)) && input !== good },
    { name: 'verify, wide', read: (input) => succeeds(() => wide.verify(input)) && input !== good },
    {
      name: 'explain',
      read: (input) => {
        const { accepted, code } = usual.explain(input)
        if (accepted === succeeds(() => usual.verify(input))) return false
        throw new Error(`explain says ${String(code)} and verify does not`)
      },
    },
    { name: 'inspect', read: (input) => succeeds(() => inspect(input)) && false },
    { name: 'JSON', read: (input) => parseJsonObject(Buffer.from(input)) !== undefined && false },
    {
      name: 'signed header and claims',
      read: (input) => {
        const token = signed(
          input.startsWith('{"alg')
            ? `${encode(input)}.${encode(body)}`
            : `${encode(head)}.${encode(input)}`,
        )
        succeeds(() => wide.verify(token))
        return false
      },
    },
    {
      name: 'JWKS',
      read: (input) => {
        const set = parseJsonObject(Buffer.from(input.startsWith('{') ? input : jwk))
        if (set) succeeds(() => localKeySet(set as never))
        return false
      },
    },
    {
      name: 'status list',
      read: (input) => succeeds(() => decodeStatusList({ bits: 1, lst: input })) && false,
    },
    {
      name: 'Authorization',
      read: (input) => {
        const answer = guard.check(bearer(input))
        return 'allowed' in answer && answer.allowed && !asGood.test(input)
      },
    },
  ]
}

/** Sends hostile inputs to every target in turn. The same seed gives the same inputs. */
export function fuzz(runs: number, seed: number, progress: (line: string) => void): FuzzReport {
  const mutate: Mutator = newMutator(seed, [
    good,
    head,
    body,
    `Bearer ${good}`,
    '{"keys":[{"kty":"EC"}]}',
  ])
  const readers = targets()
  const faults: string[] = []
  let slowest = { milliseconds: 0, input: '' }
  const started = process.memoryUsage().heapUsed
  const one = (target: Target, input: string) => {
    const from = process.hrtime.bigint()
    try {
      if (target.read(input)) faults.push(`${target.name} accepted ${excerpt(input)}`)
    } catch (error) {
      faults.push(`${target.name} broke on ${excerpt(input)}: ${String(error)}`)
    }
    return Number(process.hrtime.bigint() - from) / 1e6
  }
  const timed = (target: Target, input: string) => {
    let milliseconds = one(target, input)
    for (let again = 0; again < 4 && milliseconds > slowest.milliseconds; again++)
      milliseconds = Math.min(milliseconds, one(target, input))
    if (milliseconds > slowest.milliseconds)
      slowest = { milliseconds, input: `${target.name}: ${excerpt(input)}` }
    if (milliseconds > maxMilliseconds)
      faults.push(`${target.name} took ${milliseconds.toFixed(1)} ms for ${excerpt(input)}`)
  }
  for (const target of readers) one(target, good) // the first call compiles
  for (const text of hostileTexts(good)) for (const target of readers) timed(target, text)
  for (let at = 0; at < runs && faults.length < 20; at++) {
    timed(readers[at % readers.length] as Target, mutate())
    if (at % 100_000 === 99_999)
      progress(`${at + 1} of ${runs}, slowest ${slowest.milliseconds.toFixed(2)} ms`)
  }
  globalThis.gc?.()
  const heapGrowth = process.memoryUsage().heapUsed - started
  if (heapGrowth > maxHeapGrowth) faults.push(`the heap has grown by ${heapGrowth} bytes`)
  return { runs, slowest, heapGrowth, faults }
}

function excerpt(input: string): string {
  return `${JSON.stringify(input.slice(0, 200))} (${input.length} characters)`
}
