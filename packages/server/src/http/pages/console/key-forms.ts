import type { Seconds } from '@countersign/token'
import { z } from 'zod'
import { rotateByHand } from '../../../domain/keys/rotate-signing-keys.ts'
import {
  activeOf,
  stateOf,
  type StoredSigningKey,
  type KeyRing,
} from '../../../domain/keys/signing-key.ts'
import { revokeSigningKey } from '../../../domain/keys/revoke-signing-key.ts'
import { confirmPassword } from '../../../domain/passwords/confirm-password.ts'
import { anyId, password } from '../../api/schemas.ts'
import { yourPasswordFaults } from '../faults.ts'
import { formFault, yourPassword } from '../fields.ts'
import { html, type Html } from '../html.ts'
import { actorOf, form, ownerOf, type PageInput } from '../page.ts'

/** The section of keys. */
export const keysPath = '/console/keys'

/** The next key as soon as every cache can know it. */
export const rotateForm = form({
  name: 'rotate',
  path: `${keysPath}/rotate`,
  limit: 'changes-per-user',
  fields: z.object({ from: anyId }),
  async act({ fields, runtime, member, link }) {
    const by = actorOf(member())
    const verdict = await rotateByHand(runtime, fields.from, 'published', by)
    return {
      to: link(keysPath),
      notice: verdict === 'done' ? 'key_hastened' : 'key_rotated_before',
    }
  },
})

/** The next key at once; the one that signs is withdrawn. */
export const replaceForm = form({
  name: 'replace',
  path: `${keysPath}/replace`,
  limit: 'changes-per-user',
  fields: z.object({ from: anyId, password }),
  faults: yourPasswordFaults,
  async act({ fields, runtime, member, client, link }) {
    await confirmPassword(runtime, ownerOf(member(), fields.password, client))
    const verdict = await rotateByHand(runtime, fields.from, 'now', actorOf(member()))
    return {
      to: link(keysPath),
      notice: verdict === 'done' ? 'key_replaced' : 'key_rotated_before',
    }
  },
})

/** A key that does not sign now goes out of use. */
export const revokeForm = form({
  name: 'withdraw',
  path: `${keysPath}/withdraw`,
  limit: 'changes-per-user',
  fields: z.object({ key: anyId, password }),
  faults: {
    ...yourPasswordFaults,
    signing_key_active: {
      sentence: 'This key signs now. Put the next one in its place, and it is withdrawn.',
    },
  },
  async act({ fields, runtime, member, client, link }) {
    await confirmPassword(runtime, ownerOf(member(), fields.password, client))
    await revokeSigningKey(runtime, fields.key, actorOf(member()))
    return { to: link(keysPath), notice: 'key_withdrawn' }
  },
})

/** What can be done by hand. */
export function keyForms(
  { trouble, link }: PageInput,
  ring: KeyRing,
  now: Seconds,
): Html | undefined {
  const active = activeOf(ring, now)
  if (!active) return undefined
  const of = { form: replaceForm.name, trouble }
  return html`<section class="card" aria-labelledby="hands">
    <h2 id="hands">By hand</h2>
    <p class="intro">Keys rotate by themselves. You need this only when one may have got out.</p>
    ${formFault({ form: rotateForm.name, trouble })}
    <form method="post" action="${link(rotateForm.path)}" class="row">
      <input type="hidden" name="from" value="${active.id}" />
      <button>Rotate as soon as every cache knows the next key</button>
      <p class="quietly">No token is refused.</p>
    </form>
    <details ${trouble?.form === replaceForm.name && html` open`}>
      <summary>Replace the key that signs, now</summary>
      <form method="post" action="${link(replaceForm.path)}" class="fields">
        <p>
          Every token that <code>${short(active.id)}</code> has signed is refused from then on, and
          clients refresh. Sessions live on.
        </p>
        ${formFault(of)}
        <input type="hidden" name="from" value="${active.id}" />
        ${yourPassword(of)}
        <button class="danger">Replace it now</button>
      </form>
    </details>
    ${withdrawal({ trouble, link }, ring, now)}
  </section>`
}

/** A key that does not sign now can be taken out of use. */
function withdrawal(
  { trouble, link }: Pick<PageInput, 'trouble' | 'link'>,
  ring: KeyRing,
  now: Seconds,
): Html | undefined {
  const others = ring.filter(
    (key) => key !== activeOf(ring, now) && stateOf(key, now) !== 'retired',
  )
  if (others.length === 0) return undefined
  const of = { form: revokeForm.name, trouble }
  const choice = (key: StoredSigningKey) =>
    html`<option value="${key.id}">${short(key.id)}, ${stateOf(key, now)}</option>`
  return html`<details ${trouble?.form === revokeForm.name && html` open`}>
    <summary>Withdraw a key that does not sign now</summary>
    <form method="post" action="${link(revokeForm.path)}" class="fields">
      ${formFault(of)}
      <div class="field">
        <label for="withdraw-key">Key</label>
        <select id="withdraw-key" name="key">
          ${others.map(choice)}
        </select>
      </div>
      ${yourPassword(of)}
      <button class="danger">Withdraw it</button>
    </form>
  </details>`
}

/** Enough of a key's id to tell it from the others. */
export function short(id: string): string {
  return id.length > 12 ? `${id.slice(0, 10)}…` : id
}
