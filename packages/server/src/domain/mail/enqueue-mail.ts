import type { Clock } from '@countersign/token'
import type { ClientInfo, Language } from '../kernel/client-info.ts'
import { decryptBytes, encryptBytes } from '../kernel/encryption.ts'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { limitKey } from '../limits/limit-key.ts'
import type { LimitTables } from '../limits/limits.ts'
import { foldEmail } from '../users/email.ts'
import type { User } from '../users/user.ts'
import {
  mailKinds,
  readMail,
  writeMail,
  type IdentifiedMail,
  type Mail,
  type MailKind,
} from './mail.ts'
import type { OutboxItem, OutboxTables } from './outbox.ts'

/** The policy on mail, from the settings. */
export interface MailPolicy {
  /** True if this server can send mail. If not, nothing is written into the outbox. */
  readonly enabled: boolean
  /** True if users may sign in with a code instead of their password. */
  readonly signInCodes: boolean
  /** True if users get a notice of a sign-in from a device or network that is new for them. */
  readonly newDeviceNotices: boolean
  /** The language of mails to users whose own is not known. */
  readonly language: Language
}

/** The dependencies of {@link enqueueMail}, besides a transaction. */
export interface EnqueueDeps {
  readonly clock: Clock
  readonly random: Random
  readonly root: RootSecret
  readonly policies: { readonly mail: MailPolicy }
}

/**
 * Writes a mail into the outbox, in the transaction of what it reports: it is sent if and only if that is committed. The outbox holds it
 * encrypted with a key of the root secret, because it may contain a code. Does nothing on a server that cannot send mail.
 */
export async function enqueueMail(deps: EnqueueDeps, tx: OutboxTables, mail: Mail): Promise<void> {
  const { clock, random, policies } = deps
  if (!policies.mail.enabled) return
  const id = random.bytes(16).toString('base64url')
  const now = clock.now()
  const payload = encryptBytes(writeMail(mail), keyOf(deps), contextOf(id), random)
  await tx.outbox.add({
    id,
    kind: mail.kind,
    payload: payload.toString('base64url'),
    createdAt: now,
    deliverUntil: now + mailKinds[mail.kind],
    attempts: 0,
    error: null,
    failedAt: null,
  })
}

/** Returns the language of a mail: the one that its user has chosen, else that of the request that caused it, else that of the settings. */
export function languageOf(
  { policies }: Pick<EnqueueDeps, 'policies'>,
  { language }: ClientInfo,
  user?: Pick<User, 'language'>,
): Language {
  return user?.language ?? language ?? policies.mail.language
}

const noticesToUnverified = { capacity: 5, period: 3600 } // so that no one floods a mailbox that is not theirs

/**
 * Writes a notice to the owner of an account into the outbox, if they have an address; for one that they have not verified, five an hour at most.
 * `client` is that of the owner, if they caused it themselves; `values` are those of the template besides the name.
 */
export async function notifyOwner(
  deps: EnqueueDeps,
  tx: OutboxTables & LimitTables,
  user: User,
  kind: MailKind,
  {
    client = {},
    values = {},
  }: { readonly client?: ClientInfo; readonly values?: Mail['values'] } = {},
): Promise<void> {
  if (user.email === null) return
  if (user.emailVerifiedAt === null) {
    const key = limitKey(deps.root, 'notices-to-address', foldEmail(user.email))
    if ((await tx.limits.take(key, noticesToUnverified, deps.clock.now())) > 0) return
  }
  const language = languageOf(deps, client, user)
  const filled = { ...values, name: user.name }
  await enqueueMail(deps, tx, { kind, to: user.email, language, values: filled, secrets: {} })
}

/** Decrypts a mail of the outbox; `undefined` if the root secret was replaced since, or the row was changed. */
export function openMail(
  deps: Pick<EnqueueDeps, 'root'>,
  { id, payload, createdAt }: OutboxItem,
): IdentifiedMail | undefined {
  try {
    const text = decryptBytes(Buffer.from(payload, 'base64url'), keyOf(deps), contextOf(id))
    return { ...readMail(text), id, createdAt }
  } catch {
    return undefined
  }
}

function keyOf({ root }: Pick<EnqueueDeps, 'root'>): Buffer {
  return Buffer.from(root.key('mail').reveal(), 'base64url')
}

const contextOf = (id: string) => `outbox ${id}`
