import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import { linkTo, newLink } from '../mail/ask-code.ts'
import { anyBrowser, codeKey, resetLinkPrefix } from '../mail/code.ts'
import { handedTo } from '../mail/use-code.ts'
import { resetPage } from '../passwords/reset-password.ts'
import { assertOther, nameOf, type Actor } from './actor.ts'
import { transactionAs, type AdministrationDeps } from './transaction-as.ts'

/** The lifetime of such a link, in seconds: it is handed over by a person, not by a mail. */
export const resetLinkSeconds = 3_600

/** A link with which a user can set a new password, once. It is shown once. */
export interface ResetLink {
  readonly url: Secret
  readonly expiresAt: Seconds
}

/**
 * Makes a link with which a user can set a new password, for an administrator to hand over where there is no mail. A newer one replaces it, and it
 * is of use only as long as its maker may make one.
 * Fails with `not_oneself`, `user_unknown`, and as {@link transactionAs} does.
 */
export async function makeResetLink(
  deps: AdministrationDeps & { readonly issuer: { readonly url: string } },
  userId: string,
  by: Actor,
): Promise<ResetLink> {
  assertOther(userId, by)
  const { issuer, random, clock, root } = deps
  const id = resetLinkPrefix + random.bytes(16).toString('base64url')
  const link = newLink(random)
  const now = clock.now()
  const expiresAt = now + resetLinkSeconds
  const isKnown = await transactionAs(deps, by, async (tx) => {
    if (!(await tx.users.lock(userId))) return false
    await tx.mailCodes.put({
      id,
      key: codeKey(root, 'reset_password', ...handedTo(userId)),
      purpose: 'reset_password',
      userId,
      address: '',
      codeHash: '',
      linkHash: hashOf(link),
      browserHash: anyBrowser,
      network: null,
      createdBy: typeof by === 'object' ? (nameOf(by) ?? null) : null,
      createdAt: now,
      expiresAt,
      wrong: 0,
    })
    const facts = { by: nameOf(by) }
    await recordEvents(deps, tx, { type: 'reset_link_made', user: userId, facts })
    return true
  })
  if (!isKnown) throw fail('user_unknown')
  return { url: linkTo(issuer.url, resetPage, id, link), expiresAt }
}
