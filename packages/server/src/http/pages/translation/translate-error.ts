import type { Language } from '../../../domain/kernel/client-info.ts'
import type { CallerFailureCode } from '../../../failures/caller-failures.ts'
import type { FormError } from '../page.ts'

/** The German of the messages of failures, by code: those that a form or a page can show. */
const german: { readonly [code in CallerFailureCode]?: string } = {
  code_wrong:
    'Der Code oder der Link ist falsch, abgelaufen oder schon benutzt. Fordern Sie einen neuen an.',
  credentials_wrong:
    'Der Code oder der Link ist falsch, abgelaufen oder schon benutzt. Fordern Sie einen neuen an.',
  factor_wrong:
    'Der Code ist falsch, abgelaufen oder schon benutzt. Geben Sie den nächsten ein, der angezeigt wird.',
  factor_not_proposed: 'Beginnen Sie mit einem neuen QR-Code.',
  code_sign_in_disabled: 'Auf diesem Server können Sie sich nicht mit einem Code anmelden.',
  login_delayed: 'Zu viele falsche Versuche.',
  limit_exceeded: 'Zu viele Anfragen.',
  busy: 'Der Server ist gerade ausgelastet. Versuchen Sie es gleich wieder.',
  form_incomplete: 'Dieses Feld fehlt oder ist falsch ausgefüllt.',
  form_unreadable: 'Das Formular konnte nicht gelesen werden. Öffnen Sie die Seite noch einmal.',
  email_taken: 'Ein anderer Benutzer hat diese Adresse.',
  current_password_wrong: 'Das Passwort ist falsch.',
  email_unacceptable: 'Das ist keine gültige E-Mail-Adresse.',
  mail_unavailable: 'Dieser Server versendet keine E-Mails.',
  password_too_short: 'Das Passwort ist zu kurz.',
  password_too_long: 'Das Passwort ist zu lang.',
  password_common:
    'Das Passwort ist eines der häufigsten. Wählen Sie mehrere Wörter, die nicht zusammengehören.',
  password_personal:
    'Das Passwort besteht aus Ihrem Namen, Ihrer Adresse oder dem Namen dieses Dienstes. Wählen Sie andere Wörter.',
  username_unacceptable: 'Das ist kein zulässiger Benutzername.',
  username_taken: 'Diesen Benutzernamen gibt es schon.',
  role_unacceptable: 'Das ist keine zulässige Rolle.',
  not_oneself:
    'Administratoren können sich nicht selbst sperren, löschen oder herabstufen. Bitten Sie einen anderen.',
  last_administrator:
    'Das ist der letzte Administrator. Geben Sie zuerst einem anderen Benutzer die Rolle admin.',
  user_unknown: 'Diesen Benutzer gibt es nicht.',
  invitation_missing: 'Für die Registrierung brauchen Sie eine Einladung.',
  invitation_unusable:
    'Diese Einladung ist ungültig, abgelaufen oder schon benutzt. Bitten Sie um eine neue.',
  invitation_unknown: 'Diese Einladung gibt es nicht.',
  registration_closed:
    'Die Registrierung ist geschlossen. Bitten Sie die Administration um ein Konto.',
  session_ended: 'Ihre Sitzung ist beendet. Melden Sie sich wieder an.',
  session_unknown: 'Diese Sitzung gibt es nicht.',
  user_code_wrong: 'Der Code ist falsch oder abgelaufen.',
  api_token_unacceptable: 'Dieses API-Token ist nicht möglich: Prüfen Sie Namen und Laufzeit.',
  api_tokens_too_many: 'Sie haben zu viele API-Tokens. Widerrufen Sie zuerst eines.',
  scope_unacceptable: 'Diesen Scope gibt es nicht, oder er steht Ihnen nicht zu.',
  resource_unacceptable: 'Das ist keine zulässige Ressource.',
  resource_unknown: 'Diese Ressource gibt es nicht.',
  client_unacceptable: 'Dieser Client ist so nicht möglich.',
  client_taken: 'Einen Client dieses Namens gibt es schon.',
  client_unknown: 'Diesen Client gibt es nicht.',
  passkey_wrong:
    'Der Passkey wurde nicht angenommen. Öffnen Sie diese Seite neu und versuchen Sie es noch einmal.',
  passkey_name_unacceptable: 'Das ist kein zulässiger Name für einen Passkey.',
  passkeys_too_many: 'Sie haben zu viele Passkeys. Entfernen Sie zuerst einen.',
  factor_needed: 'Dieses Konto muss einen zweiten Faktor haben.',
  password_needs_factor: 'Das Passwort ist zu kurz, um allein zu genügen. Ändern Sie es zuerst.',
  signing_key_active: 'Das ist der aktive Schlüssel. Ersetzen Sie ihn, und er wird widerrufen.',
  route_unknown: 'Diese Seite gibt es nicht.',
  method_not_allowed: 'Diese Adresse nimmt diese Methode nicht an.',
  form_cross_site: 'Das Formular kam von einer anderen Website. Öffnen Sie die Seite noch einmal.',
  administrators_only: 'Diese Seite ist nur für Administratoren.',
  signing_key_unknown: 'Diesen Schlüssel gibt es nicht.',
}

/** Returns the sentence of a failure in a language; `undefined` if it has no translation, and in English. */
export function messageIn(language: Language, code: string): string | undefined {
  return language === 'de' && Object.hasOwn(german, code)
    ? german[code as CallerFailureCode] // the check above has shown it
    : undefined
}

/** Returns a form's error in a language; in English if it has no translation. */
export function translateError(formError: FormError, language: Language): FormError {
  if (language === 'en') return formError
  const isPassword = formError.field === 'password' && formError.code === 'credentials_wrong'
  const message = german[isPassword ? 'current_password_wrong' : formError.code]
  if (message === undefined) return formError
  const { retryAfter } = formError
  return {
    ...formError,
    message: retryAfter === undefined ? message : `${message} ${wait(retryAfter)}`,
  }
}

function wait(seconds: number): string {
  if (seconds > 90) return `Versuchen Sie es in ${Math.ceil(seconds / 60)} Minuten wieder.`
  return `Versuchen Sie es in ${seconds} Sekunden wieder.`
}
