import { passwordAdvice } from '../../domain/passwords/password.ts'
import type { Services } from '../pipeline/services.ts'
import { html, type Html, type Piece } from './html.ts'
import { icon } from './icons.ts'
import type { FormError, Visitor } from './page.ts'

/** The form that a field is of: its name makes ids unique on the page. */
export interface FieldOf {
  readonly form: string
  readonly trouble: FormError | undefined
}

/** One field of a form. */
export interface Field {
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'password' | 'email'
  /** What the browser may fill in (HTML, section 4.10.18.7.1). */
  readonly autocomplete: string
  /** A line between the label and the field. */
  readonly hint?: Piece
  readonly value?: string
  /** False for a field that may stay empty. */
  readonly required?: boolean
  /** The page opens with the cursor here. */
  readonly first?: boolean
}

/** A label, its field, and beside it what is wrong with what was typed. */
export function field({ form, trouble }: FieldOf, one: Field): Html {
  const { name, label, hint, required = true } = one
  const id = `${form}-${name}`
  const ours = trouble?.form === form ? trouble : undefined
  const fault = ours?.field === name ? ours.sentence : undefined
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ')
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
      }${required && html` required`}${plain && html` autocapitalize="none" spellcheck="false"`}${
        described !== '' && html` aria-describedby="${described}"`
      }${fault && html` aria-invalid="true"`}${(fault || (one.first && !ours)) && html` autofocus`}
    />
    ${fault && html`<p class="fault" id="${id}-fault">${icon('alert')}${fault}</p>`}
  </div>`
}

/** What is wrong with a whole form, above its fields; nothing where a field tells it. */
export function formFault({ form, trouble }: FieldOf): Html | undefined {
  if (trouble?.form !== form || trouble.field !== undefined) return undefined
  return html`<p class="fault" role="alert" tabindex="-1" autofocus>
    ${icon('alert')}${trouble.sentence}
  </p>`
}

/** Whose password is asked for, which a password manager wants to know; nobody sees it. */
export function ownName({ user }: Visitor): Html {
  return html`<input
    name="username"
    autocomplete="username"
    value="${user.name}"
    readonly
    hidden
  />`
}

/** A password that is to be kept from now on, with what it must have. */
export function newPassword(of: FieldOf, label: string, runtime: Pick<Services, 'policies'>): Html {
  const { minLength } = runtime.policies.passwords
  return field(of, {
    name: 'new_password',
    label,
    type: 'password',
    autocomplete: 'new-password',
    hint: passwordAdvice(minLength),
  })
}

/** The password of whoever is signed in, where something wants them to show once more who they are. */
export function yourPassword(of: FieldOf, more: Pick<Field, 'first'> = {}): Html {
  return field(of, {
    name: 'password',
    label: 'Your password',
    type: 'password',
    autocomplete: 'current-password',
    ...more,
  })
}
