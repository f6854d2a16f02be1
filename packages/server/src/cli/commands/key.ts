import { publicAlgorithms, type PublicAlgorithm, type Seconds } from '@countersign/token/internal'
import { reencrypt } from '../../domain/keys/reencrypt.ts'
import { replaceRootSecret, replaceLostKeys } from '../../domain/keys/replace-lost-keys.ts'
import { readKeyRing } from '../../domain/keys/read-key-ring.ts'
import { rotateByHand } from '../../domain/keys/rotate-signing-keys.ts'
import {
  activeOf,
  algorithmsIn,
  signingKeysOf,
  standbyOf,
  stateOf,
  type StoredSigningKey,
} from '../../domain/keys/signing-key.ts'
import { revokeSigningKey } from '../../domain/keys/revoke-signing-key.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { fail } from '../../failures.ts'
import { groupOf, json, settingsCommand, yes } from '../command.ts'
import { confirm } from '../prompt.ts'
import { printTable } from '../table.ts'
import { dateOf, pluralize, print, printJson, tone } from '../terminal.ts'
import { withRuntime, type CommandRuntime } from '../with-runtime.ts'

const refusedWarning =
  'all access tokens that it signed are refused at once, until their clients refresh them'
const allRefusedWarning = 'all access tokens are refused at once, until their clients refresh them'

const list = settingsCommand({
  usage: 'list',
  summary: 'List the signing keys: past, active and next',
  mode: 'production',
  options: [json],
  examples: ['countersign key list'],
  run: (config, { json: asJson }) =>
    withRuntime(config, (runtime) => (asJson ? printRingAsJson(runtime) : printRing(runtime))),
})

const rotate = settingsCommand({
  usage: 'rotate',
  summary:
    'Switch to the next key once every cache has it, so that no token is refused; with --now, at once',
  mode: 'production',
  examples: [
    'countersign key rotate',
    'countersign key rotate --now',
    'countersign key rotate --now --yes',
    'countersign key rotate --algorithm RS256',
  ],
  options: [
    [
      '--algorithm <NAME>',
      'The algorithm whose keys rotate. Default: that of the tokens of sign-ins.',
      signingAlgorithmOf,
    ],
    [
      '--now',
      'Revoke the active key at once, if it may have leaked; tokens that it signed are refused.',
    ],
    yes,
  ],
  run: (config, { algorithm, now, yes: confirmed }) =>
    withRuntime(config, async (runtime) => {
      const active = await findActive(runtime, algorithm)
      if (now)
        await confirm(
          confirmed,
          `This revokes the active ${active.algorithm} key: ${refusedWarning}`,
        )
      const when = now ? 'now' : 'published'
      const verdict = await rotateByHand(runtime, active.id, when, commandLine)
      if (verdict === 'done_before')
        print(tone.warning('Another rotation came first; this command did not rotate again.'))
      await printRing(runtime)
    }),
})

const revoke = settingsCommand({
  usage: 'revoke <id>',
  summary:
    'Revoke a key that is not active; tokens that it signed are refused. For the active key, use `key rotate --now`',
  mode: 'production',
  examples: [
    'countersign key list    # shows the ids',
    'countersign key revoke K3y…',
    'countersign key revoke -- -K3y…    # an id that begins with a dash',
  ],
  options: [yes],
  run: (config, { id, yes: confirmed }) =>
    withRuntime(config, async (runtime) => {
      await confirm(
        confirmed,
        'This revokes the key for good: every token that it signed is refused',
      )
      await revokeSigningKey(runtime, id, commandLine)
      await printRing(runtime)
    }),
})

const reencryptAll = settingsCommand({
  usage: 'reencrypt',
  summary:
    'Re-encrypt all stored secrets with keys.encryption_key, so that previous ones can be removed',
  mode: 'production',
  examples: [
    'countersign key reencrypt --keys-encryption-key-file new --keys-previous-encryption-keys-file old',
  ],
  run: (config) =>
    withRuntime(config, async (runtime) => {
      const { reencrypted, missing } = await reencrypt(runtime)
      print(`Re-encrypted ${pluralize(reencrypted, 'secret')}`)
      if (missing.length > 0) {
        const detail = `add the key-encryption keys ${missing.join(', ')} to keys.previous_encryption_keys`
        throw fail('decryption_failed', { detail })
      }
      print('All stored secrets are encrypted with keys.encryption_key.')
    }),
})

const reset = settingsCommand({
  usage: 'reset',
  summary:
    'Replace all keys after the key-encryption key was lost; all access tokens are refused, sessions stay alive',
  mode: 'production',
  options: [yes],
  examples: ['countersign key reset --keys-encryption-key-file new'],
  async run(config, { yes: confirmed }) {
    const auditLogWarning = 'older entries of the audit log can never be verified again'
    await confirm(
      confirmed,
      `This replaces every signing key: ${allRefusedWarning}, and ${auditLogWarning}`,
    )
    await withRuntime(
      config,
      async (runtime) => {
        await replaceLostKeys(runtime)
        await printRing(runtime)
        print('Start the servers. Older entries of the audit log can no longer be verified.')
      },
      { openRoot: replaceRootSecret },
    )
  },
})

/** The group `key`. Running servers see a change at once on PostgreSQL, and within a second otherwise. */
export const key = groupOf(
  'key',
  'List, rotate, revoke and re-encrypt the signing keys',
  list,
  rotate,
  revoke,
  reencryptAll,
  reset,
)

/** Finds the key that signs, with an algorithm or by default. Fails with `signing_key_unknown`. */
async function findActive(
  runtime: RingDeps,
  algorithm: PublicAlgorithm | undefined,
): Promise<StoredSigningKey> {
  const { ring } = await readKeyRing(runtime)
  const now = runtime.clock.now()
  const active = algorithm
    ? activeOf(ring, now, algorithm)
    : signingKeysOf(ring, runtime.policies.keys.algorithms)(now)
  if (active) return active
  const first = algorithm && standbyOf(ring, now, algorithm)?.activatedAt
  throw fail('signing_key_unknown', { detail: whyNoneSigns(algorithm, first) })
}

function whyNoneSigns(algorithm: string | undefined, first: Seconds | null | undefined): string {
  if (algorithm === undefined) return 'the first one is made when a server starts'
  return first
    ? `the first ${algorithm} key signs from ${dateOf(first)}; there is nothing to rotate before`
    : `no ${algorithm} key signs; to add the algorithm, name it in keys.algorithms and restart the servers`
}

function signingAlgorithmOf(text: string): PublicAlgorithm {
  const known = publicAlgorithms.find((one) => one === text)
  if (known) return known
  throw fail('argument_invalid', {
    detail: `--algorithm must be one of ${publicAlgorithms.join(', ')}`,
  })
}

type RingDeps = Pick<CommandRuntime, 'store' | 'root' | 'clock' | 'policies'>

async function printRing({ store, root, clock, policies }: RingDeps): Promise<void> {
  const { ring } = await readKeyRing({ store, root })
  const now = clock.now()
  const at = (time: Seconds | null) => (time === null ? '-' : dateOf(time))
  const rows = ring
    .toReversed()
    .map((one) => [
      one.id,
      shownState(one, now),
      one.algorithm,
      at(one.activatedAt),
      at(one.retiredAt),
    ])
  await printTable(['id', 'state', 'algorithm', 'active from', 'until'], rows)
  for (const algorithm of algorithmsIn(ring, now, policies.keys.algorithms)) {
    const standby = standbyOf(ring, now, algorithm)
    const next = `The next ${algorithm} key becomes active at ${at(standby?.activatedAt ?? null)}.`
    if (standby) print(tone.quiet(next))
  }
}

async function printRingAsJson({ store, root, clock }: RingDeps): Promise<void> {
  const { ring } = await readKeyRing({ store, root })
  const now = clock.now()
  printJson(
    ring.map((one) => ({
      id: one.id,
      state: shownState(one, now),
      algorithm: one.algorithm,
      created_at: one.createdAt,
      signs_from: one.activatedAt,
      signs_until: one.retiredAt,
      revoked_at: one.revokedAt,
    })),
  )
}

function shownState(one: StoredSigningKey, now: Seconds) {
  return one.revokedAt === null ? stateOf(one, now) : 'revoked'
}
