import * as z from 'zod'
import type { Language } from '../../../domain/kernel/client-info.ts'
import type { CreationOptions, RequestOptions } from '../../../domain/factors/passkey-options.ts'
import { newPasskey, passkeySignature } from '../../api/passkey-schemas.ts'
import { formErrorMessage, type FieldContext } from '../fields.ts'
import { html, type Html } from '../html.ts'

// The forms of passkeys, which the script `passkeys.js` fills in. They are hidden until it runs.

const json = z
  .string()
  .max(32_768)
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue({ code: 'custom', input: text })
      return z.NEVER
    }
  })

/** The signature of a passkey in a form. */
export const typedSignature = json.pipe(passkeySignature)

/** A new passkey in a form. */
export const typedNewPasskey = json.pipe(newPasskey)

const english = {
  signIn: 'Sign in with a passkey',
  use: 'Use a passkey',
  make: 'Create the passkey',
  fault: 'No passkey was used. Try again, or use another way.',
  wrong: 'The passkey was not accepted. Open this page again and repeat.',
}

const german: typeof english = {
  signIn: 'Mit einem Passkey anmelden',
  use: 'Passkey verwenden',
  make: 'Passkey erstellen',
  fault: 'Es wurde kein Passkey verwendet. Versuchen Sie es noch einmal, oder auf andere Weise.',
  wrong:
    'Der Passkey wurde nicht angenommen. Öffnen Sie diese Seite neu und versuchen Sie es noch einmal.',
}

/** The texts of passkeys in one language. */
export function passkeyTextsOf(language: Language): typeof english {
  return language === 'de' ? german : english
}

/** A form that a passkey fills in. */
export interface PasskeyForm {
  readonly of: FieldContext
  /** The path that it is submitted to. */
  readonly to: string
  /** The options of the browser's call, or the path where the script requests those of a sign-in. */
  readonly options: CreationOptions | RequestOptions | { readonly from: string }
  readonly button: string
  readonly language: Language
  /** The fields besides the passkey. */
  readonly fields?: Html | undefined
}

/** Renders a form that a passkey fills in. */
export function passkeyForm({ of, to, options, button, language, fields }: PasskeyForm): Html {
  const texts = passkeyTextsOf(language)
  const kind = 'from' in options ? 'sign-in' : 'rp' in options ? 'create' : 'get'
  const isWrong = of.formError?.code === 'passkey_wrong'
  const translated = isWrong && of.formError ? { ...of.formError, message: texts.wrong } : undefined
  const shown = { form: of.form, formError: translated ?? of.formError }
  return html`<form
    method="post"
    action="${to}"
    class="fields"
    data-passkey="${kind}"
    ${
      'from' in options
        ? html` data-from="${options.from}"`
        : html` data-options="${JSON.stringify(options)}"`
    }
    data-fault="${texts.fault}"
    hidden
  >
    ${formErrorMessage(shown)} ${fields}
    <input type="hidden" name="passkey" />
    <button>${button}</button>
  </form>`
}
