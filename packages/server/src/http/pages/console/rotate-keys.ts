import * as z from 'zod'
import { rotateByHand } from '../../../domain/keys/rotate-signing-keys.ts'
import { idSchema } from '../../api/schemas.ts'
import { html } from '../html.ts'
import { actorOf, form, type Page } from '../page.ts'
import { questionView } from './console-layout.ts'
import { keysPath, rotatePath, short } from './key-forms.ts'

const rotateForm = form({
  name: 'rotate',
  path: rotatePath,
  limit: 'changes-per-user',
  fields: z.object({ from: idSchema }),
  async submit({ fields, runtime, member, link }) {
    const by = actorOf(member())
    const verdict = await rotateByHand(runtime, fields.from, 'published', by)
    return {
      to: link(keysPath),
      flash: verdict === 'done' ? 'key_rotation_planned' : 'key_rotated_before',
    }
  },
})

/** Asks before the next key takes over as soon as every cache can know it. */
export const consoleRotateKeys: Page = {
  path: rotatePath,
  summary: 'Rotate to the next signing key, after a question',
  access: 'admin',
  forms: [rotateForm],

  render(input) {
    const { query, link, t } = input
    const from = idSchema.safeParse(query.get('from')).data
    if (from === undefined) return { to: link(keysPath) }
    return questionView(input, keysPath, {
      title: t('Rotate to the next key?'),
      text: html`${t.html('The key {key} stops signing as soon as every cache knows the next one. No token is rejected. It cannot be taken back.', { key: html`<code>${short(from)}</code>` })}`,
      form: rotateForm,
      path: rotatePath,
      fields: html`<input type="hidden" name="from" value="${from}" />`,
      button: t('Rotate'),
      back: keysPath,
    })
  },
}
