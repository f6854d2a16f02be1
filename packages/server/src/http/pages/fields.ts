import { passwordAdvice } from '../../domain/passwords/password.ts'
import type { Services } from '../pipeline/services.ts'
import { html, type Html, type HtmlContent } from './html.ts'
import { icon } from './icons.ts'
import type { FormError, Visitor } from './page.ts'

/** The form of a field. The form's name makes ids unique on the page. */
export interface FieldContext {
  readonly form: string
  readonly formError: FormError | undefined
}

/** One field of a form. */
export interface Field {
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'password' | 'email'
  /** The kind of text that the browser may autofill (HTML, section 4.10.18.7.1). */
  readonly autocomplete: string
  /** The text between the label and the field. */
  readonly hint?: HtmlContent
  readonly value?: string
  /** True if the field must be filled in; by default it must. */
  readonly required?: boolean
  /** True if the field has the focus when the page opens. */
  readonly first?: boolean
}

/** Renders a label, its field, and the field's error. */
export function field({ form, formError }: FieldContext, one: Field): Html {
  const { name, label, hint, required = true } = one
  const id = `${form}-${name}`
  const ours = formError?.form === form ? formError : undefined
  const error = ours?.field === name ? ours.message : undefined
  const described = [hint && `${id}-hint`, error && `${id}-fault`].filter(Boolean).join(' ')
  const value = ours?.typed[name] ?? one.value
  const plain = name === 'username' || one.type === 'password' || one.type === 'email'
  return html`<div class="field">
    <label for="${id}">${label}${!required && html` <span class="optional">optional</span>`}</label>
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    <input
      id="${id}"
      name="${name}"
      type="${one.type}"
      autocomplete="${one.autocomplete}"
      ${
        value !== undefined && html` value="${value}"`
      }${required && html` required`}${one.autocomplete === 'one-time-code' && html` inputmode="numeric"`}${plain && html` autocapitalize="none" spellcheck="false"`}${
        described !== '' && html` aria-describedby="${described}"`
      }${error && html` aria-invalid="true"`}${(error || (one.first && !ours)) && html` autofocus`}
    />
    ${error && html`<p class="fault" id="${id}-fault">${icon('alert')}${error}</p>`}
  </div>`
}

/** Renders the error of a whole form, above its fields; nothing if the error belongs to a field. */
export function formErrorMessage({ form, formError }: FieldContext): Html | undefined {
  if (formError?.form !== form || formError.field !== undefined) return undefined
  return html`<p class="fault" role="alert" tabindex="-1" autofocus>
    ${icon('alert')}${formError.message}
  </p>`
}

/** Renders the user name as a hidden field, so that a password manager knows whose password to fill in. */
export function hiddenUsername({ user }: Visitor): Html {
  return html`<input
    name="username"
    autocomplete="username"
    value="${user.name}"
    readonly
    hidden
  />`
}

/** Renders the field of a new password, with the rules for it. */
export function newPasswordField(
  of: FieldContext,
  label: string,
  runtime: Pick<Services, 'policies'>,
): Html {
  const { minLength } = runtime.policies.passwords
  return field(of, {
    name: 'new_password',
    label,
    type: 'password',
    autocomplete: 'new-password',
    hint: passwordAdvice(minLength),
  })
}

/** Renders the field of the visitor's current password, for actions that require it. */
export function currentPasswordField(of: FieldContext, more: Pick<Field, 'first'> = {}): Html {
  return field(of, {
    name: 'password',
    label: 'Your password',
    type: 'password',
    autocomplete: 'current-password',
    ...more,
  })
}
