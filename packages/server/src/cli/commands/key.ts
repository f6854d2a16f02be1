import type { Seconds } from '@countersign/token/internal'
import { reencrypt } from '../../domain/keys/reencrypt.ts'
import { replaceRootSecret, replaceLostKeys } from '../../domain/keys/replace-lost-keys.ts'
import { rotateByHand } from '../../domain/keys/rotate-signing-keys.ts'
import {
  activeOf,
  standbyOf,
  stateOf,
  type StoredSigningKey,
} from '../../domain/keys/signing-key.ts'
import { revokeSigningKey } from '../../domain/keys/revoke-signing-key.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import type { KeyRingDeps } from '../../domain/keys/change-key-ring.ts'
import { fail } from '../../failures.ts'
import { confirm, yes } from '../ask.ts'
import { groupOf, json, settingsCommand } from '../command.ts'
import { printTable } from '../table.ts'
import { dateOf, print, printJson, tone } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'

const refused = 'all access tokens are refused at once, until their clients refresh'

const list = settingsCommand({
  usage: 'list',
  summary: 'Show the signing keys: which one signs, which is next, which were before',
  mode: 'production',
  options: [json],
  examples: ['countersign key list'],
  run: (config, asJson = '') =>
    withRuntime(config, (runtime) => (asJson ? printRingAsJson(runtime) : printRing(runtime))),
})

const rotate = settingsCommand({
  usage: 'rotate',
  summary: 'Let the next key sign as soon as every cache can know it; no token is refused',
  mode: 'production',
  examples: [
    'countersign key rotate',
    'countersign key rotate --now',
    'countersign key rotate --now --yes',
  ],
  options: [
    [
      '--now',
      'At once, because the key that signs got out: it is withdrawn, and the tokens that it signed are refused.',
    ],
    yes,
  ],
  run: (config, now = '', sure = '') =>
    withRuntime(config, async (runtime) => {
      const active = activeOf(await runtime.store.signingKeys.list(), runtime.clock.now())
      if (!active) throw fail('signing_key_unknown', { detail: 'a server makes the first one' })
      const haste = now === 'true' ? 'now' : 'published'
      if (haste === 'now') await confirm(sure, `The key that signs is withdrawn: ${refused}`)
      const verdict = await rotateByHand(runtime, active.id, haste, commandLine)
      if (verdict === 'done_before') print(tone.warning('Somebody else has just rotated.'))
      await printRing(runtime)
    }),
})

const withdraw = settingsCommand({
  usage: 'withdraw <id>',
  summary:
    'Take a key out of use that does not sign now; the tokens that it signed are refused. For the one that signs there is `key rotate --now`',
  mode: 'production',
  examples: [
    'countersign key list    # tells the ids',
    'countersign key withdraw K3y…',
    'countersign key withdraw -- -K3y…    # an id that begins with a dash',
  ],
  options: [yes],
  run: (config, id = '', sure = '') =>
    withRuntime(config, async (runtime) => {
      await confirm(sure, 'Every token that this key signed is refused, and it never signs again')
      await revokeSigningKey(runtime, id, commandLine)
      await printRing(runtime)
    }),
})

const reencryptAll = settingsCommand({
  usage: 'reencrypt',
  summary: 'Seal everything anew under keys.encryption_key, so that the ones before it can go',
  mode: 'production',
  examples: [
    'countersign key reencrypt --keys-encryption-key-file new --keys-previous-encryption-keys-file old',
  ],
  run: (config) =>
    withRuntime(config, async (runtime) => {
      const { reencrypted, missing } = await reencrypt(runtime)
      print(`Sealed anew: ${reencrypted}`)
      if (missing.length > 0) {
        const detail = `give the key-encryption keys ${missing.join(', ')} in keys.previous_encryption_keys`
        throw fail('key_unsealable', { detail })
      }
      print('Nothing is left under another key-encryption key.')
    }),
})

const restart = settingsCommand({
  usage: 'start-over',
  summary:
    'When the key-encryption key is lost for good: new keys under keys.encryption_key; all access tokens are refused, sessions live on',
  mode: 'production',
  options: [yes],
  examples: ['countersign key start-over --keys-encryption-key-file new'],
  async run(config, sure = '') {
    const lost = 'no older entry of the audit log can be checked ever after'
    await confirm(sure, `Every signing key is replaced: ${refused}, and ${lost}`)
    await withRuntime(
      config,
      async (runtime) => {
        await replaceLostKeys(runtime)
        await printRing(runtime)
        print('Start the servers. Older entries of the audit log cannot be checked any more.')
      },
      { openRoot: replaceRootSecret },
    )
  },
})

/** Signing keys, from the command line. A server that runs learns of a change within a minute. */
export const key = groupOf(
  'key',
  'Look after the signing keys',
  list,
  rotate,
  withdraw,
  reencryptAll,
  restart,
)

async function printRing({ store, clock }: Pick<KeyRingDeps, 'store' | 'clock'>): Promise<void> {
  const ring = await store.signingKeys.list()
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
  await printTable(['id', 'state', 'algorithm', 'signs from', 'until'], rows)
  const standby = standbyOf(ring, now)
  if (standby) print(tone.quiet(`The next key signs from ${at(standby.activatedAt)} on.`))
}

async function printRingAsJson({
  store,
  clock,
}: Pick<KeyRingDeps, 'store' | 'clock'>): Promise<void> {
  const ring = await store.signingKeys.list()
  const now = clock.now()
  printJson(
    ring.map((one) => ({
      id: one.id,
      state: shownState(one, now),
      algorithm: one.algorithm,
      created_at: one.createdAt,
      signs_from: one.activatedAt,
      signs_until: one.retiredAt,
      withdrawn_at: one.withdrawnAt,
    })),
  )
}

function shownState(one: StoredSigningKey, now: Seconds) {
  return one.withdrawnAt === null ? stateOf(one, now) : 'withdrawn'
}
