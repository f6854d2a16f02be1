import type { Entry } from '../../domain/audit-log/chain.ts'
import { eventTypes, isOfType } from '../../domain/audit-log/event-names.ts'
import { commandLine, type EventType } from '../../domain/audit-log/event.ts'
import { readFacts } from '../../domain/audit-log/read-facts.ts'
import type { ClientTables } from '../../domain/clients/clients.ts'
import type { UserTables } from '../../domain/users/users.ts'
import { deviceOf } from '../browser/device-name.ts'
import { eventLabels } from './event-labels.ts'
import { exactTime } from './format-time.ts'
import { html, type HtmlContent } from './html.ts'
import type { Phrase, Translate } from './translation/translate.ts'

/** The names of the users and clients that entries mention, by id; those that were deleted have none. */
export type Names = ReadonlyMap<string, string>

/** Reads the names that entries mention. */
export async function readNames(
  { users, clients }: UserTables & ClientTables,
  entries: readonly Entry[],
): Promise<Names> {
  const facts = entries.map((one) => readFacts(one.facts))
  const actors = facts.map(({ by }) => by)
  const idsOf = (values: readonly unknown[]) =>
    [...new Set(values)].filter((one): one is string => typeof one === 'string')
  const userIds = idsOf([...entries.map((one) => one.userId), ...actors])
  const clientIds = idsOf([...facts.map(({ client }) => client), ...actors])
  const [people, machines] = await Promise.all([
    Promise.all(userIds.map((id) => users.find(id))),
    Promise.all(clientIds.map((id) => clients.find(id))),
  ])
  return new Map([...people, ...machines].flatMap((one) => (one ? [[one.id, one.name]] : [])))
}

/** Returns today's name of the kind of an entry; undefined for one that this version does not know. */
export function typeOf({ type }: Entry): EventType | undefined {
  return eventTypes.find((one): one is EventType => isOfType(type, one as EventType)) // the list has kinds of events only
}

/** Returns what happened, in words. */
export function eventInWords(entry: Entry, t: Translate): string {
  const type = typeOf(entry)
  return type ? t(eventLabels[type]) : entry.type
}

const factLabels: Readonly<Record<string, Phrase>> = {
  amr: 'with',
  by: 'by',
  reason: 'because',
  count: 'times',
  purpose: 'for',
  factor: 'factor',
  provider: 'provider',
  problem: 'problem',
  invitation: 'invitation',
  roles: 'roles',
  from: 'from',
  resource: 'resource',
  audience: 'audience',
  scopes: 'scopes',
  client: 'client',
  resources: 'resources',
  key: 'key',
  algorithm: 'algorithm',
  signsFrom: 'signs from',
  signsUntil: 'signs until',
  entries: 'entries',
}

const valueLabels: ReadonlyMap<string, Phrase> = new Map<string, Phrase>(
  Object.entries({
    pwd: 'password',
    fed: 'identity provider',
    otp: 'one-time code',
    pop: 'passkey',
    user: 'the device',
    mfa: 'several factors',
    reset_password: 'a new password',
    verify_email: 'verifying an address',
    sign_in: 'signing in',
    totp: 'authenticator application',
    passkey: 'passkey',
    recovery_code: 'recovery code',
    logout: 'the user signed out',
    ended_by_user: 'the user ended it on another device',
    ended_by_administrator: 'an administrator ended it',
    revoked_by_holder: 'its holder revoked it',
    replaced: 'the browser signed in again',
    hook_failed: 'the application around this server failed',
    sign_in_refused: 'the application around this server refused the sign-in',
    too_many: 'the user has too many sessions',
    refresh_token_reused: 'its refresh token may have been stolen',
    code_reused: 'its code was presented twice',
    password_changed: 'the password was changed',
    factors_changed: 'the second factors were changed',
    identity_unlinked: 'an account of another site was unlinked',
    user_disabled: 'the user was disabled',
    client_removed: 'the client was removed',
    resource_removed: 'the resource was removed',
    user_deleted: 'the user was deleted',
    used: 'it was used before',
    expired: 'it has expired',
    inviter_gone: 'its inviter was deleted',
    inviter_disabled: 'its inviter was disabled',
    inviter_powerless: 'its inviter is no administrator',
    true: 'yes',
    false: 'no',
  } as const),
)

const named: ReadonlySet<string> = new Set(['roles', 'scopes', 'resource']) // their values are names that administrators chose

const times: ReadonlySet<string> = new Set(['signsFrom', 'signsUntil'])
const maxShownId = 14 // characters; the title has all of them

/** Renders the facts of an entry in words, without the personal ones. */
export function factsInWords(entry: Entry, names: Names, t: Translate): readonly HtmlContent[] {
  return Object.entries(readFacts(entry.facts)).map(([name, value]) => {
    const label = factLabels[name]
    const shown = Array.isArray(value)
      ? value.map((one, at) => [at > 0 && ', ', inWords(name, one, names, t)])
      : inWords(name, value, names, t)
    return html`<span class="fact"
      ><span class="quietly">${label ? t(label) : name}</span>
      ${Array.isArray(value) && value.length === 0 ? '–' : shown}</span
    > `
  })
}

function inWords(name: string, value: unknown, names: Names, t: Translate): HtmlContent {
  if (typeof value === 'number' && times.has(name)) return exactTime(value, t.language)
  if (value === commandLine) return t('the command line')
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const known = names.get(text)
  if (known !== undefined) return known
  const label = named.has(name) ? undefined : valueLabels.get(text)
  if (label !== undefined) return t(label)
  return text.length > maxShownId && /^[\w-]+$/.test(text)
    ? html`<code title="${text}">${text.slice(0, maxShownId - 1)}…</code>`
    : text
}

/** Returns the device and the address that an event came from; empty once they were erased. */
export function originInWords({ personal }: Entry, t: Translate): string {
  const { address, userAgent } = readFacts(personal)
  const device = typeof userAgent === 'string' ? deviceOf(userAgent, t.language) : ''
  return [device, typeof address === 'string' ? address : ''].filter(Boolean).join(', ')
}
