import type { ClientInfo } from '../kernel/client-info.ts'
import { encryptBytes, decryptBytes } from '../kernel/encryption.ts'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { BucketRule } from '../limits/bucket.ts'
import { limitKey, type LimitKind } from '../limits/limit-key.ts'
import type { LimitTables, RequestLimits } from '../limits/limits.ts'
import { foldEmail } from '../users/email.ts'
import type { User } from '../users/user.ts'
import {
  chooseSlot,
  codeSeconds,
  digitsHash,
  groupDigits,
  mailedCodePrefix,
  networkKey,
  newDigits,
  slotKeys,
  type CodePurpose,
  type MailCode,
} from './code.ts'
import type { MailTx } from './codes.ts'
import { enqueueMail, languageOf, type EnqueueDeps } from './enqueue-mail.ts'
import type { Mail, MailKind } from './mail.ts'
import { codesKey } from './wrong-codes.ts'

/** The dependencies of {@link askCode}. */
export interface AskCodeDeps extends EnqueueDeps {
  readonly store: Transactions<MailTx & LimitTables>
  /** The URL of this server, below which links lead. */
  readonly issuer: { readonly url: string }
  readonly policies: EnqueueDeps['policies'] & { readonly limits: Pick<RequestLimits, 'mails'> }
}

/** A request for a code: who asks for it, and where it leads. */
export interface CodeRequest {
  readonly purpose: CodePurpose
  readonly kind: MailKind
  /** The path of the page that the link opens. */
  readonly page: string
  /** The address, checked by `parseEmail`. */
  readonly email: string
  /** The person it is for, folded: a newer code for the same from the same network replaces this one. */
  readonly whom: readonly string[]
  /** The user who asks, if they are known: the mail has their name and their language. */
  readonly user?: Pick<User, 'id' | 'name' | 'language'>
  readonly onlyTo?: Mail['onlyTo']
  /** The secret of the browser that asks; undefined for a client without cookies. */
  readonly browser: Secret | undefined
  readonly client: ClientInfo
}

const networkShare = 0.6 // of the mails to one address: three of five
const idBytes = 16
const linkBytes = 32

/**
 * Sends a code to an address. It does the same for every address, whether a user has it or not; beyond the limits no mail is sent, and nothing
 * tells the caller. Returns the id of the code. A code that was asked for from another network stays good: three at once may be live, and then
 * the reader of the mailbox has three to choose from.
 */
export async function askCode(deps: AskCodeDeps, request: CodeRequest): Promise<string> {
  const { store, issuer, random, clock, root } = deps
  const { purpose, kind, page, email, whom, user, browser, client } = request
  const id = mailedCodePrefix + random.bytes(idBytes).toString('base64url')
  const [digits, link] = [newDigits(random), newLink(random)]
  const now = clock.now()
  const network = networkKey(root, client.address)
  const code: Omit<MailCode, 'key'> = {
    id,
    purpose,
    userId: user?.id ?? null,
    address: encryptAddress(deps, id, email),
    codeHash: digitsHash(root, id, digits),
    linkHash: hashOf(link),
    browserHash: browser === undefined ? null : hashOf(browser),
    network,
    createdBy: null,
    createdAt: now,
    expiresAt: now + codeSeconds,
    wrong: 0,
  }
  await store.transaction(async (tx) => {
    await tx.limits.lock([codesKey(root, purpose, ...whom)]) // not the user: no answer may depend on whether there is one
    const keys = slotKeys(root, purpose, ...whom)
    const key = chooseSlot(keys, await tx.mailCodes.lock({ keys }), network, now)
    if (key === undefined || !(await mayMail(deps, tx, request))) return
    await tx.mailCodes.put({ ...code, key })
    await enqueueMail(deps, tx, {
      kind,
      to: email,
      language: languageOf(deps, client, user),
      ...(request.onlyTo ? { onlyTo: request.onlyTo } : {}),
      values: { minutes: String(codeSeconds / 60), name: user?.name ?? '' },
      secrets: { code: groupDigits(digits), link: linkTo(issuer.url, page, id, link) },
    })
  })
  return id
}

/** Makes the secret of a link. */
export function newLink(random: Random): Secret {
  return new Secret(random.bytes(linkBytes).toString('base64url'))
}

/** Returns the URL of a link. */
export function linkTo(issuer: string, page: string, id: string, link: Secret): Secret {
  return new Secret(`${issuer}${page}?id=${id}&key=${link.reveal()}`)
}

/**
 * Takes a mail from the budgets of the user who asks, of the network, and of the address: no network takes all mails of an address, and codes for
 * other purposes leave one for a new password.
 */
async function mayMail(
  deps: AskCodeDeps,
  tx: LimitTables,
  { purpose, email, user, client }: CodeRequest,
): Promise<boolean> {
  const { root, policies } = deps
  const { mails } = policies.limits
  if (mails === null) return true
  const now = deps.clock.now()
  const take = async (rule: BucketRule, kind: LimitKind, ...subject: readonly string[]) =>
    (await tx.limits.take(limitKey(root, kind, ...subject), rule, now)) === 0
  if (user && !(await take(mails, 'mails-of-user', user.id))) return false
  const to = foldEmail(email)
  const share = { ...mails, capacity: Math.ceil(mails.capacity * networkShare) }
  const network = networkKey(root, client.address)
  if (!(await take(share, 'mails-to-address-from-network', to, network))) return false
  const others = { ...mails, capacity: Math.max(1, mails.capacity - 1) }
  if (purpose !== 'reset_password' && !(await take(others, 'mails-to-address-not-reset', to)))
    return false
  return take(mails, 'mails-to-address', to)
}

function encryptAddress(
  { root, random }: Pick<AskCodeDeps, 'root' | 'random'>,
  id: string,
  email: string,
): string {
  return encryptBytes(new Secret(email), keyOf(root), contextOf(id), random).toString('base64url')
}

/** Returns the address that a code was sent to; `undefined` for a link that was not mailed. */
export function addressOf(
  { root }: { readonly root: RootSecret },
  { id, address }: MailCode,
): string | undefined {
  if (address === '') return undefined
  return decryptBytes(Buffer.from(address, 'base64url'), keyOf(root), contextOf(id)).reveal()
}

const keyOf = (root: RootSecret) => Buffer.from(root.key('mail').reveal(), 'base64url')
const contextOf = (id: string) => `mail code ${id}`
