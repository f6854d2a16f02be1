import assert from 'node:assert/strict'
import { hashSync as bcryptSync } from '@node-rs/bcrypt'
import { pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto'
import { test } from 'node:test'
import { isCountersignError } from '@countersign/token'
import { cpuTime } from '@countersign/testing/cpu-time'
import { formOf, repetitions } from '@countersign/testing/proofs'
import { createPasswordHasher, type HasherOptions } from '../../platform/crypto/password-hasher.ts'
import { signIn } from '../authentication/sign-in.ts'
import { openDomain, password } from '../domain.fixture.ts'
import { Secret } from '../kernel/secret.ts'
import { newUser } from '../users/user.ts'
import { confirmPassword } from './confirm-password.ts'
import { parseForeignHash } from './foreign-hash.ts'
import { kindOf } from './hash-kinds.ts'

const wrong = new Secret('a wrong password')
const current = { memoryKiB: 24_576, passes: 2 }
const pepper = () => new Secret(randomBytes(32).toString('base64'))

/** Makes users whose hashes have other parameters than those of today, and a domain that checks them with today's. */
async function openUsers(t: Parameters<typeof openDomain>[0]) {
  const { deps } = await openDomain(t)
  const hasherOf = (options: HasherOptions) => {
    const hasher = createPasswordHasher(options)
    t.after(() => hasher.close())
    return hasher
  }
  const previous = pepper()
  const older = { memoryKiB: 4_096, passes: 1 }
  const users: Readonly<Record<string, HasherOptions>> = {
    older,
    current,
    previousPepper: { ...older, pepper: previous },
    missingPepper: { ...current, pepper: pepper() },
    olderMissingPepper: { ...older, pepper: pepper() },
    disabled: older,
    stronger: { memoryKiB: 49_152, passes: 2 },
  }
  for (const [name, options] of Object.entries(users)) {
    const disabledAt = name === 'disabled' ? 2 : null
    const hash = await hasherOf(options).hash(password)
    await deps.store.users.add({ ...newUser(name, name, 1), disabledAt }, name.toLowerCase(), hash)
  }
  const hasher = hasherOf({ ...current, previousPeppers: [previous] })
  return { ...deps, hasher }
}

/**
 * Returns what a refused sign-in costs, for each name and password, as a multiple of the first of them: the median of the ratios of CPU times within a
 * round. On a busy machine, which shares a core with others, the same work takes twice the CPU time a moment later.
 */
async function ratiosOf(
  deps: Parameters<typeof signIn>[0],
  attempts: Readonly<Record<string, readonly [name: string, password: Secret]>>,
  rounds: number,
) {
  const ratios: Record<string, number[]> = {}
  for (let round = 0; round < rounds; round++) {
    let first: number | undefined
    for (const [what, [name, secret]] of Object.entries(attempts)) {
      const from = cpuTime()
      await assert.rejects(signIn(deps, name, secret, {}), { code: 'credentials_wrong' }, what)
      const cost = cpuTime() - from
      first ??= cost
      ratios[what] = [...(ratios[what] ?? []), cost / first]
    }
  }
  return Object.entries(ratios).map(([what, all]) => {
    return [what, all.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0] as const
  })
}

const maxMeasurements = formOf({ short: 3, long: 1 })

/**
 * Rejects unless every refused sign-in costs what the first one does, give or take `noise`. A few ratios may be wrong by chance where other programs use
 * the processor, so a short measurement is repeated: a real difference is there each time.
 */
async function assertEqualCost(
  deps: Parameters<typeof signIn>[0],
  attempts: Parameters<typeof ratiosOf>[1],
  { rounds = 5, noise = 1 / 0.6 }: { readonly rounds?: number; readonly noise?: number } = {},
) {
  for (let measurement = 1; ; measurement++) {
    const ratios = await ratiosOf(deps, attempts, rounds)
    const off = ratios.filter(([, ratio]) => ratio <= 1 / noise || ratio >= noise)
    if (off.length === 0) return ratios
    assert.ok(measurement < maxMeasurements, off.join('; '))
  }
}

test('[18.5] a refused sign-in costs the parameters of today, for every stored hash', async (t) => {
  const deps = await openUsers(t)
  await assertEqualCost(deps, {
    unknown: ['unknown', wrong],
    older: ['older', wrong],
    current: ['current', wrong],
    'of an older pepper': ['previousPepper', wrong],
    'of a pepper that is missing': ['missingPepper', password],
    'of a pepper that is missing, and older': ['olderMissingPepper', password],
    'disabled, with the right password': ['disabled', password],
  })
})

test('[18.5] after the parameters were lowered, a refused sign-in costs those of the strongest hash', async (t) => {
  const deps = await openUsers(t)
  await assert.rejects(signIn(deps, 'stronger', wrong, {})) // from the first such user on
  await assertEqualCost(deps, {
    unknown: ['unknown', wrong],
    older: ['older', wrong],
    current: ['current', wrong],
    stronger: ['stronger', wrong],
  })
})

test('[24.1] a refused sign-in costs the same for hashes of every system, as the costliest of the database', async (t) => {
  const deps = await openUsers(t)
  const kinds: string[] = []
  const text = password.reveal()
  const salt = 'a salt of a user'
  for (const [name, hash] of Object.entries({
    bcrypt: bcryptSync(text, 9),
    scrypt: `scrypt:8192:8:1$${salt}$${scryptSync(text, salt, 64, { N: 8192 }).toString('hex')}`,
    // The costliest. Its kind has 163,840 rounds.
    pbkdf2: `pbkdf2:sha256:135000$${salt}$${pbkdf2Sync(text, salt, 135_000, 32, 'sha256').toString('hex')}`,
    cheap: `pbkdf2:sha1:1000$${salt}$${pbkdf2Sync(text, salt, 1000, 20, 'sha1').toString('hex')}`,
  })) {
    const stored = parseForeignHash(hash)
    kinds.push(kindOf(stored) ?? '')
    await deps.store.users.add(newUser(name, name, 1), name, stored)
  }
  await deps.store.transaction(async (tx) => {
    await tx.lock('hash_kinds')
    for (const kind of kinds) await tx.hashKinds.add(kind)
  })
  const attempts = {
    unknown: ['unknown', wrong],
    cheap: ['cheap', wrong],
    current: ['current', wrong],
    older: ['older', wrong],
    bcrypt: ['bcrypt', wrong],
    scrypt: ['scrypt', wrong],
    pbkdf2: ['pbkdf2', wrong],
    disabled: ['disabled', password],
  } as const
  const rounds = repetitions({ short: 5, long: 200 })
  const noise = formOf({ short: 1 / 0.6, long: 1.05 })
  for (const [what, ratio] of await assertEqualCost(deps, attempts, { rounds, noise }))
    t.diagnostic(`${what}: ${ratio.toFixed(3)} of an unknown user`)
})

test('[18.5] a password whose pepper is missing is wrong, also when it is asked for again', async (t) => {
  const deps = await openUsers(t)
  const owner = { userId: 'missingPepper', password, client: {} }
  await assert.rejects(confirmPassword(deps, owner), { code: 'current_password_wrong' })
  await assert.rejects(signIn(deps, 'missingPepper', password, {}), (error: Error) => {
    assert.ok(isCountersignError(error) && error.code === 'credentials_wrong')
    assert.match(String(error.facts['missingPepper']), /^[\w+/]{8}$/, 'the log says which')
    return true
  })
})
