import type { ProposedTotp } from '../../../domain/authentication/own-factors.ts'
import type { Secret } from '../../../domain/kernel/secret.ts'
import { totpCodeField } from './factor-fields.ts'
import { copyable, formErrorMessage, type FieldContext } from '../fields.ts'
import { html, type Html } from '../html.ts'
import { qrCode } from './qr-code.ts'
import type { SecondStepTexts } from './second-step-texts.ts'
import type { Translate } from '../translation/translate.ts'

// The secrets that are shown once: that of a new authenticator application, and recovery codes. Both are in the response to a form, because an
// address could be opened again.

/** The form that takes the first code of a new application. */
export interface FirstCodeForm {
  readonly of: FieldContext
  /** The path that it is submitted to. */
  readonly to: string
  /** Hidden fields. */
  readonly hidden?: Html
}

/** Renders the secret of a new application, and the form for its first code. */
export function newTotpSection(
  { secret, uri }: ProposedTotp,
  form: FirstCodeForm,
  texts: SecondStepTexts,
): Html {
  return html`<p>${texts.scan}</p>
    ${qrCode(uri, texts.qrCode)} ${copyable(texts.key, grouped(secret), form.of.t)}
    <p><a href="${uri.reveal()}">${texts.open}</a></p>
    ${firstCodeForm(form, texts.firstCode, texts)}`
}

/** Renders the form for the first code of a new application. */
export function firstCodeForm(
  { of, to, hidden }: FirstCodeForm,
  intro: string,
  texts: SecondStepTexts,
): Html {
  return html`<form method="post" action="${to}" class="fields">
    <p>${intro}</p>
    ${formErrorMessage(of)} ${hidden} ${totpCodeField(of, texts)}
    <button class="primary">${texts.confirmFirst}</button>
  </form>`
}

/** Renders recovery codes, to copy or to download without script. */
export function recoveryCodesSection(
  codes: readonly Secret[],
  next: string,
  texts: SecondStepTexts,
  t: Translate,
): Html {
  const text = codes.map((one) => one.reveal()).join('\n')
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`
  return html`<section class="card narrow">
    <h1>${texts.codesTitle}</h1>
    <p>${texts.codesIntro}</p>
    ${copyable(texts.codes, text, t)}
    <div class="row">
      <a class="button" download="recovery-codes.txt" href="${file}">${texts.download}</a>
      <a class="button" href="${next}">${texts.next}</a>
    </div>
  </section>`
}

/** Returns a key in groups of four, as applications show and accept it. */
function grouped(secret: Secret): string {
  return secret.reveal().replaceAll(/.{4}(?=.)/g, '$& ')
}
