import * as z from 'zod'
import { Secret } from '../../../domain/kernel/secret.ts'
import { resetLinkPrefix, type CodeProof } from '../../../domain/mail/code.ts'
import { digits, email, idSchema } from '../../api/schemas.ts'
import { field, type FieldContext } from '../fields.ts'
import { emailFieldErrors } from '../form-error.ts'
import { html, type Html } from '../html.ts'
import { form, type PageInput } from '../page.ts'
import type { Texts } from '../texts.ts'

// The common part of the forms that take a code or a link from a mail.

/** Declares a form that asks for the mail with a code. `ask` sends it, and returns the id of the code, which `codePage` takes. */
export function askForm(
  at: { readonly name: string; readonly path: string; readonly codePage: string },
  ask: (
    runtime: PageInput['runtime'],
    email: string,
    by: { readonly browser: Secret | undefined; readonly client: PageInput['client'] },
  ) => Promise<string>,
) {
  return form({
    name: at.name,
    path: at.path,
    limit: 'attempts-per-address', // `askCode` also limits the mails to one address
    fields: z.object({ email }),
    echoedFields: ['email'],
    fieldErrors: emailFieldErrors,
    async submit({ fields, runtime, client, link, bindBrowser }) {
      const id = await ask(runtime, fields.email.trim(), { browser: bindBrowser(), client })
      return { to: link(`${at.codePage}?id=${id}`) }
    },
  })
}

/** The fields of a form that takes a code or a link. */
export const codeFields = {
  id: idSchema.optional(),
  key: idSchema.optional(),
  email: email.or(z.literal('')).optional(),
  code: z
    .string()
    .max(32)
    .transform((text) => text.replaceAll(/\s/g, ''))
    .pipe(digits.or(z.literal('')))
    .optional(),
}

/** The fields that are shown again together with an error. */
export const echoedCodeFields = ['id', 'key', 'email']

/** Returns the proof that a form has presented. `whomOf` says whom a code for an address is for. */
export function proofOf(
  fields: z.output<z.ZodObject<typeof codeFields>>,
  browser: Secret | undefined,
  whomOf: (email: string) => readonly string[],
): CodeProof {
  const { id, key, email: address = '', code } = fields
  const place = id ? { id } : { whom: whomOf(address.trim()) }
  return { ...place, code: code || undefined, link: key ? new Secret(key) : undefined, browser }
}

/** The state of a page of a code: `byLink` if nothing needs to be typed, `asked` if the code was asked for here, else `elsewhere`. */
export interface CodeState {
  readonly kind: 'byLink' | 'asked' | 'elsewhere'
  readonly id: string
  readonly key: string
}

/** Returns what a page shows. A link works in the browser that asked, and a handed-over one everywhere; after it has failed, the code is asked for. */
export function codeStateOf({ formError, query, askingBrowser }: PageInput): CodeState {
  const typed = (name: string) => formError?.typed[name] ?? query.get(name) ?? ''
  const [id, key] = [typed('id'), typed('key')]
  const worksHere = askingBrowser() !== undefined || id.startsWith(resetLinkPrefix)
  const hasFailed = formError?.code === 'code_wrong' || formError?.code === 'credentials_wrong'
  if (key !== '' && worksHere && !hasFailed) return { kind: 'byLink', id, key }
  return { kind: id !== '' && key === '' ? 'asked' : 'elsewhere', id, key }
}

/** Renders the fields that find the code, and that of the code itself unless the link is enough. */
export function codeInputs(of: FieldContext, texts: Texts, { kind, id, key }: CodeState): Html {
  const address = {
    name: 'email',
    label: texts.email,
    type: 'email',
    autocomplete: 'email',
    first: true,
  } as const
  return html`${hidden('id', id)} ${hidden('key', key)} ${id === '' && field(of, address)}
  ${
    kind !== 'byLink' &&
    field(of, {
      name: 'code',
      label: texts.code,
      type: 'text',
      autocomplete: 'one-time-code',
      hint: texts.codeHint,
      first: id !== '',
    })
  }`
}

/** Renders the link to the form that takes a code with an address: for the code of a mail that was asked for elsewhere. */
export function otherMail(to: string, texts: Texts): Html {
  return html`<p class="beneath"><a href="${to}">${texts.reset.other}</a></p>`
}

function hidden(name: string, value: string): Html | undefined {
  return value === '' ? undefined : html`<input type="hidden" name="${name}" value="${value}" />`
}
