import type { KeyState, Seconds } from '@countersign/token/internal'
import * as z from 'zod'
import { rotateByHand } from '../../../domain/keys/rotate-signing-keys.ts'
import {
  activeOf,
  algorithmsIn,
  stateOf,
  type StoredSigningKey,
  type KeyRing,
} from '../../../domain/keys/signing-key.ts'
import { revokeSigningKey } from '../../../domain/keys/revoke-signing-key.ts'
import { confirmPassword } from '../../../domain/passwords/confirm-password.ts'
import { idSchema, password } from '../../api/schemas.ts'
import { currentPasswordFieldErrors } from '../form-error.ts'
import { formErrorMessage, currentPasswordField } from '../fields.ts'
import { html, type Html } from '../html.ts'
import { actorOf, ownerOf, form, type PageInput } from '../page.ts'
import type { Phrase, Translate } from '../translation/translate.ts'

/** The path of the section of keys. */
export const keysPath = '/console/keys'

/** The path of the question before a rotation. */
export const rotatePath = `${keysPath}/rotate`

/** Replaces the active key at once, and revokes it. */
export const replaceForm = form({
  name: 'replace',
  path: `${keysPath}/replace`,
  limit: 'changes-per-user',
  fields: z.object({ from: idSchema, password }),
  fieldErrors: currentPasswordFieldErrors,
  async submit({ fields, runtime, member, client, link }) {
    await confirmPassword(runtime, ownerOf(member(), fields.password, client))
    const verdict = await rotateByHand(runtime, fields.from, 'now', actorOf(member()))
    return {
      to: link(keysPath),
      flash: verdict === 'done' ? 'key_replaced' : 'key_rotated_before',
    }
  },
})

/** Revokes a key that is not active. */
export const revokeForm = form({
  name: 'revoke',
  path: `${keysPath}/revoke`,
  limit: 'changes-per-user',
  fields: z.object({ key: idSchema, password }),
  fieldErrors: {
    ...currentPasswordFieldErrors,
    signing_key_active: {
      message: 'This is the active key. Replace it, and it is revoked.',
    },
  },
  async submit({ fields, runtime, member, client, link }) {
    await confirmPassword(runtime, ownerOf(member(), fields.password, client))
    await revokeSigningKey(runtime, fields.key, actorOf(member()))
    return { to: link(keysPath), flash: 'key_revoked' }
  },
})

/** Renders the forms of manual rotation. */
export function keyForms(input: PageInput, ring: KeyRing, now: Seconds): Html | undefined {
  const { formError, link, member, runtime, t } = input
  const algorithms = algorithmsIn(ring, now, runtime.policies.keys.algorithms)
  const active = algorithms.flatMap((one) => activeOf(ring, now, one) ?? [])
  if (active.length === 0) return undefined
  const of = { form: replaceForm.name, formError, t }
  return html`<section class="card" aria-labelledby="manual-rotation">
    <h2 id="manual-rotation">${t('Manual rotation')}</h2>
    <p class="intro">
      ${t('Keys rotate automatically. You need this only if a key may have leaked.')}
    </p>
    <form action="${link(rotatePath)}" class="row">
      ${activeKeyField(active, 'rotate-from', t)}
      <button class="small danger">${t('Rotate gracefully …')}</button>
      <p class="quietly">
        ${t('No token is rejected: the next key signs as soon as every cache knows it.')}
      </p>
    </form>
    <details ${formError?.form === replaceForm.name && html` open`}>
      <summary>${t('Replace an active key now')}</summary>
      <form method="post" action="${link(replaceForm.path)}" class="fields">
        <p>
          ${t('Every token that this key signed is rejected from then on, and clients refresh. Sessions continue.')}
        </p>
        ${formErrorMessage(of)} ${activeKeyField(active, 'replace-from', t)}
        ${currentPasswordField(of, member())}
        <button class="danger">${t('Replace it now')}</button>
      </form>
    </details>
    ${revocation(input, ring, now)}
  </section>`
}

/** Renders the choice among the active keys, one for each algorithm; with one there is none. */
function activeKeyField(active: KeyRing, id: string, t: Translate): Html {
  const [first, ...more] = active
  if (more.length === 0) return html`<input type="hidden" name="from" value="${first?.id ?? ''}" />`
  return html`<div class="field">
    <label for="${id}">${t('Active key')}</label>
    <select id="${id}" name="from">
      ${active.map((key) => html`<option value="${key.id}">${key.algorithm}, ${short(key.id)}</option>`)}
    </select>
  </div>`
}

/** Renders the form that revokes a key, if there is one besides the active key. */
function revocation(
  { formError, link, member, t }: PageInput,
  ring: KeyRing,
  now: Seconds,
): Html | undefined {
  const others = ring.filter(
    (key) => key !== activeOf(ring, now, key.algorithm) && stateOf(key, now) !== 'retired',
  )
  if (others.length === 0) return undefined
  const of = { form: revokeForm.name, formError, t }
  const option = (key: StoredSigningKey) =>
    html`<option value="${key.id}">
      ${short(key.id)}, ${key.algorithm}, ${t(keyStates[stateOf(key, now)])}
    </option>`
  return html`<details ${formError?.form === revokeForm.name && html` open`}>
    <summary>${t('Revoke a key that is not active')}</summary>
    <form method="post" action="${link(revokeForm.path)}" class="fields">
      ${formErrorMessage(of)}
      <div class="field">
        <label for="revoke-key">${t('Key')}</label>
        <select id="revoke-key" name="key">
          ${others.map(option)}
        </select>
      </div>
      ${currentPasswordField(of, member())}
      <button class="danger">${t('Revoke it')}</button>
    </form>
  </details>`
}

/** The words for the state of a key. */
export const keyStates = {
  standby: 'standby',
  active: 'active',
  retiring: 'retiring',
  retired: 'retired',
} as const satisfies Readonly<Record<KeyState, Phrase>>

/** Shortens the id of a key for display. */
export function short(id: string): string {
  return id.length > 12 ? `${id.slice(0, 10)}…` : id
}
