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

const mostMilliseconds = 5 // for one input, whatever it is; a garbage collection now and then is told from it by trying again
const mostHeap = 64 * 1024 * 1024 // bytes that the heap may have grown by at the end

/** What a run has seen. */
export interface FuzzReport {
  readonly runs: number
  /** The slowest input, at the best of five tries: in milliseconds, and what it was. */
  readonly slowest: { readonly milliseconds: number; readonly input: string }
  readonly grownBy: number
  /** What must not be: an input that was accepted, that took too long, or that broke something. */
  readonly faults: readonly string[]
}

/** Something that reads input; throws only our own failures, and says whether it accepted. */
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

/** Signs what stands before the last dot, so that mutations get past the signature to the parsers behind it. */
function signed(text: string): string {
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

const encode = (text: string) => Buffer.from(text).toString('base64url')
const head = JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: 'shared' })
const body = JSON.stringify({ ...claims, iat: now, exp: now + 60 })
const good = signed(`${encode(head)}.${encode(body)}`)

/** A good header: the scheme in any case, and blanks (RFC 9110, section 11.4). */
const asGood = new RegExp(`^\\s*bearer +${good.replaceAll('.', String.raw`\.`)}\\s*$`, 'i')

const quiet = (work: () => unknown): boolean => {
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
  const guard = createGuard({ verifier: usual })
  const bearer = (header: string) => ({ method: 'GET', url: '/', header: () => header })
  const [jwk] = [JSON.stringify({ keys: [generateKey('ES256').key.export({ format: 'jwk' })] })]
  return [
    { name: 'verify', read: (input) => quiet(() => usual.verify(input)) && input !== good },
    { name: 'verify, wide', read: (input) => quiet(() => wide.verify(input)) && input !== good },
    {
      name: 'explain',
      read: (input) => {
        const { accepted, code } = usual.explain(input)
        if (accepted === quiet(() => usual.verify(input))) return false
        throw new Error(`explain says ${String(code)} and verify does not`)
      },
    },
    { name: 'inspect', read: (input) => quiet(() => inspect(input)) && false },
    { name: 'JSON', read: (input) => parseJsonObject(Buffer.from(input)) !== undefined && false },
    {
      name: 'signed header and claims',
      read: (input) => {
        const token = signed(
          input.startsWith('{"alg')
            ? `${encode(input)}.${encode(body)}`
            : `${encode(head)}.${encode(input)}`,
        )
        quiet(() => wide.verify(token))
        return false
      },
    },
    {
      name: 'JWKS',
      read: (input) => {
        const set = parseJsonObject(Buffer.from(input.startsWith('{') ? input : jwk))
        if (set) quiet(() => localKeySet(set as never))
        return false
      },
    },
    {
      name: 'status list',
      read: (input) => quiet(() => decodeStatusList({ bits: 1, lst: input })) && false,
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

/** Runs so many hostile inputs against every reader. The same seed gives the same inputs. */
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
      if (target.read(input)) faults.push(`${target.name} accepted ${told(input)}`)
    } catch (error) {
      faults.push(`${target.name} broke on ${told(input)}: ${String(error)}`)
    }
    return Number(process.hrtime.bigint() - from) / 1e6
  }
  const timed = (target: Target, input: string) => {
    let milliseconds = one(target, input)
    for (let again = 0; again < 4 && milliseconds > slowest.milliseconds; again++)
      milliseconds = Math.min(milliseconds, one(target, input))
    if (milliseconds > slowest.milliseconds)
      slowest = { milliseconds, input: `${target.name}: ${told(input)}` }
    if (milliseconds > mostMilliseconds)
      faults.push(`${target.name} took ${milliseconds.toFixed(1)} ms for ${told(input)}`)
  }
  for (const target of readers) one(target, good) // the first call compiles
  for (const text of hostileTexts(good)) for (const target of readers) timed(target, text)
  for (let at = 0; at < runs && faults.length < 20; at++) {
    timed(readers[at % readers.length] as Target, mutate())
    if (at % 100_000 === 99_999)
      progress(`${at + 1} of ${runs}, slowest ${slowest.milliseconds.toFixed(2)} ms`)
  }
  globalThis.gc?.()
  const grownBy = process.memoryUsage().heapUsed - started
  if (grownBy > mostHeap) faults.push(`the heap has grown by ${grownBy} bytes`)
  return { runs, slowest, grownBy, faults }
}

function told(input: string): string {
  return `${JSON.stringify(input.slice(0, 200))} (${input.length} characters)`
}
