import { html, type Html, type HtmlContent } from './html.ts'
import { icon } from './icons.ts'
import type { FormError, Visitor } from './page.ts'
import type { Translate } from './translation/translate.ts'

/** The form of a field. The form's name makes ids unique on the page. */
export interface FieldContext {
  readonly form: string
  readonly formError: FormError | undefined
  /** The language of the texts that fields have of their own. */
  readonly t: Translate
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
  /** True if the field must be filled in; by default it must. `depends`: another field decides, and the server checks it. */
  readonly required?: boolean | 'depends'
  /** True if the field has the focus when the page opens. */
  readonly first?: boolean
}

/** Renders a label, its field, and the field's error. */
export function field(of: FieldContext, one: Field): Html {
  const { name, required = true } = one
  const plain = name === 'username' || one.type === 'password' || one.type === 'email'
  return labelled(of, one, ({ id, value, state }) => {
    const input = html`<input
      id="${id}"
      name="${name}"
      type="${one.type}"
      autocomplete="${one.autocomplete}"
      ${
        value !== undefined && html` value="${value}"`
      }${required === true && html` required`}${one.autocomplete === 'one-time-code' && html` inputmode="numeric"`}${plain && html` autocapitalize="none" spellcheck="false"`}${state}
    />`
    return one.type === 'password' ? revealable(of.t, input) : input
  })
}

/** Renders a password with a button that shows it: `fields.js` makes the button appear. */
function revealable(t: Translate, input: Html): Html {
  const [show, hide] = [t('Show typed text'), t('Hide typed text')]
  return html`<div class="revealable">
    ${input}
    <button
      type="button"
      class="quiet"
      data-reveal
      data-other="${hide}"
      aria-label="${show}"
      hidden
    >
      ${icon('eye')}
    </button>
  </div>`
}

/** Renders a label, its field of several lines, and the field's error. */
export function textArea(of: FieldContext, one: Omit<Field, 'type' | 'autocomplete'>): Html {
  const { name, required = true } = one
  return labelled(
    of,
    one,
    ({ id, value, state }) =>
      html`<textarea
        id="${id}"
        name="${name}"
        class="code"
        autocomplete="off"
        spellcheck="false"
        ${required === true && html` required`}${state}
      >
${value}</textarea>`,
  )
}

/** Renders a label, a choice of one of several values with their texts, and its error. */
export function choice(
  of: FieldContext,
  one: Omit<Field, 'type' | 'autocomplete' | 'required'>,
  options: readonly (readonly [value: string, text: string])[],
): Html {
  const { name } = one
  return labelled(
    of,
    one,
    ({ id, value, state }) =>
      html`<select id="${id}" name="${name}" ${state}>
        ${options.map(
          ([key, text]) =>
            html`<option value="${key}" ${key === value && html` selected`}>${text}</option>`,
        )}
      </select>`,
  )
}

/** Renders a label, a hint, a control, and the error of the control. `state` has the attributes that connect them. */
function labelled(
  { form, formError, t }: FieldContext,
  one: Omit<Field, 'type' | 'autocomplete'>,
  control: (of: { id: string; value: string | undefined; state: Html }) => Html,
): Html {
  const { name, label, hint, required = true } = one
  const id = `${form}-${name}`
  const ours = formError?.form === form ? formError : undefined
  const error = ours?.field === name ? ours.message : undefined
  const described = [hint && `${id}-hint`, error && `${id}-fault`].filter(Boolean).join(' ')
  const state = html`${
    described !== '' && html` aria-describedby="${described}"`
  }${error && html` aria-invalid="true"`}${(error || (one.first && !formError)) && html` autofocus`}`
  return html`<div class="field">
    <label for="${id}"
      >${label}${required === false && html` <span class="optional">${t('optional')}</span>`}</label
    >
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${control({ id, value: ours?.typed[name] ?? one.value, state })}
    ${error && html`<p class="fault" id="${id}-fault">${icon('alert')}${error}</p>`}
  </div>`
}

/** Renders the error of a whole form, above its fields; nothing if the error belongs to a field. */
export function formErrorMessage({ form, formError }: Omit<FieldContext, 't'>): Html | undefined {
  if (formError?.form !== form || formError.field !== undefined) return undefined
  return html`<p class="fault" role="alert" tabindex="-1" autofocus>
    ${icon('alert')}${formError.message}
  </p>`
}

/** Renders text that people copy, such as a secret that is shown once: all of it is visible, however narrow the window is. The
 * button appears where `fields.js` runs. */
export function copyable(label: string, text: string, t: Translate): Html {
  return html`<div class="copyable">
    <pre class="wrap" tabindex="0" aria-label="${label}"><code>${text}</code></pre>
    <button type="button" class="small" data-copy data-done="${t('Copied')}" hidden>
      ${t('Copy')}
    </button>
  </div>`
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
export function newPasswordField(of: FieldContext, label: string, minLength: number): Html {
  const { t } = of
  return html`<div class="new-password" data-min="${minLength}">
    ${field(of, {
      name: 'new_password',
      label,
      type: 'password',
      autocomplete: 'new-password',
      hint: t(
        'At least {minLength} characters. Several words that do not belong together are easy to keep and hard to guess.',
        { minLength },
      ),
    })}
    <p
      class="strength quietly"
      role="status"
      data-short="${t('{count} more characters', { count: '{count}' })}"
      data-uniform="${t('Too uniform')}"
      data-fair="${t('Long enough')}"
      data-good="${t('Long, and hard to guess')}"
    ></p>
  </div>`
}

/** Renders the field of the visitor's current password, for actions that require it. Of one who has none, a recent sign-in is required instead. */
export function currentPasswordField(
  of: FieldContext,
  { user }: Visitor,
  more: Partial<Pick<Field, 'first' | 'name' | 'label'>> = {},
): Html {
  if (!user.hasPassword)
    return html`<input type="hidden" name="${more.name ?? 'password'}" value="none" />
      <p class="quietly">
        ${of.t('You have no password: a sign-in of the last five minutes is enough.')}
      </p>`
  return field(of, {
    name: 'password',
    label: of.t('Your password'),
    type: 'password',
    autocomplete: 'current-password',
    ...more,
  })
}
