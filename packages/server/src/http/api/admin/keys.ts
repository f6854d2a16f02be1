import { publicAlgorithms } from '@countersign/token/internal'
import * as z from 'zod'
import { rotateByHand } from '../../../domain/keys/rotate-signing-keys.ts'
import { readKeyRing } from '../../../domain/keys/read-key-ring.ts'
import { activeOf, signingKeysOf, stateOf } from '../../../domain/keys/signing-key.ts'
import { revokeSigningKey } from '../../../domain/keys/revoke-signing-key.ts'
import type { Services } from '../../pipeline/services.ts'
import { fail } from '../../../failures.ts'
import { exampleTime } from '../../openapi/examples.ts'
import { actorOf, recentSignInSeconds } from '../../pipeline/access.ts'
import { noContent, route } from '../../pipeline/route.ts'

const scope = 'admin:keys'

const ring = z.strictObject({
  keys: z.array(
    z.strictObject({
      id: z.string(),
      state: z.enum(['standby', 'active', 'retiring', 'retired', 'revoked']),
      algorithm: z.string(),
      created_at: z.int(),
      signs_from: z.int(),
      signs_until: z.int().nullable(),
    }),
  ),
})

const exampleKeyId = 'QY_uN0v8mPzDq1LkTf7sXbWcVhRgJ2eYoA4iU6tZ9xM'
const exampleRing = {
  keys: [
    {
      id: exampleKeyId,
      state: 'active' as const,
      algorithm: 'ES256',
      created_at: exampleTime,
      signs_from: exampleTime,
      signs_until: null,
    },
  ],
}

async function show({
  store,
  root,
  clock,
}: Pick<Services, 'store' | 'root' | 'clock'>): Promise<z.input<typeof ring>> {
  const { ring: keys } = await readKeyRing({ store, root })
  return {
    keys: keys.toReversed().map((key) => ({
      id: key.id,
      state: key.revokedAt === null ? stateOf(key, clock.now()) : 'revoked',
      algorithm: key.algorithm,
      created_at: key.createdAt,
      signs_from: key.activatedAt,
      signs_until: key.retiredAt,
    })),
  }
}

/** Lists the signing keys. */
export const listKeys = route({
  method: 'GET',
  path: '/admin/keys',
  summary: 'List the signing keys: the active one, the next one, and earlier ones',
  limit: { none: 'one read' },
  access: 'admin',
  scope,
  answer: ring,
  failures: [],
  example: { answer: exampleRing },

  handle: ({ runtime }) => show(runtime),
})

/** Rotates the signing keys before their scheduled time. */
export const rotateKeys = route({
  method: 'POST',
  path: '/admin/keys',
  summary:
    'Rotate to the next key of an algorithm, by default that of sign-ins, as soon as every cache can know it; with `compromised` at once, and the tokens of the replaced key are rejected, yours included',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  body: z
    .strictObject({
      compromised: z.boolean().optional(),
      algorithm: z.enum(publicAlgorithms).optional(),
    })
    .optional(),
  answer: ring,
  failures: ['signing_key_unknown'],
  example: { body: { compromised: false }, answer: exampleRing },

  async handle({ body, runtime, principal }) {
    const { ring: keys } = await readKeyRing(runtime)
    const now = runtime.clock.now()
    const algorithm = body?.algorithm
    const active = algorithm
      ? activeOf(keys, now, algorithm)
      : signingKeysOf(keys, runtime.policies.keys.algorithms)(now)
    if (!active) throw fail('signing_key_unknown')
    const haste = body?.compromised ? 'now' : 'published'
    await rotateByHand(runtime, active.id, haste, actorOf(principal(), scope))
    return show(runtime)
  },
})

/** Revokes a signing key. */
export const revokeKey = route({
  method: 'DELETE',
  path: '/admin/keys/:id',
  summary: 'Revoke a key that is not active; the tokens that it signed are rejected from now on',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  answer: noContent,
  failures: ['signing_key_unknown', 'signing_key_active'],
  example: { params: { id: exampleKeyId }, answer: undefined },

  async handle({ params, runtime, principal }) {
    await revokeSigningKey(runtime, params.id, actorOf(principal(), scope))
    return undefined
  },
})
