import type { Language } from '../../domain/kernel/client-info.ts'
import type { CallerFailureCode } from '../../failures/caller-failures.ts'
import type { FlashMessage } from './flash-messages.ts'
import type { FormError } from './page.ts'

// The texts of the pages that exist in several languages: those that belong to mails, signing in, and the change of an address. All other pages
// are in English.

const english = {
  frame: {
    skip: 'Skip to content',
    error: 'Error',
    account: 'Account',
    console: 'Console',
    signIn: 'Sign in',
    signOut: 'Sign out',
    debugger: 'Token debugger',
    motto: 'Signed, then countersigned.',
  },
  email: 'E-mail address',
  code: 'Code',
  codeHint: 'The nine digits in the mail.',
  newPassword: 'New password',
  passwordAdvice: (minLength: number) =>
    `At least ${minLength} characters. Several words that do not belong together are easy to keep and hard to guess.`,
  toSignIn: 'Back to sign-in',
  password: 'Password',
  start: {
    title: 'Sign in',
    wrong: 'The user name or the password is wrong.',
    name: 'User name or e-mail address',
    forgot: 'Forgot your password?',
    byCode: 'Sign in with a code from a mail',
    askAdministrator:
      'Forgot your password? Ask an administrator of this server for a link to set a new one.',
    isNew: 'New here?',
    isInvited: 'Have you been invited?',
    signUp: 'Create an account',
  },
  address: {
    add: 'Add an e-mail address',
    change: 'Change e-mail address',
    removal: 'Leave it empty to remove it.',
    save: 'Save',
    isVerified: (email: string) => `${email} is verified; you can sign in with it.`,
    isNotVerified: (email: string) => `${email} is not verified.`,
    send: 'Send a code',
  },
  forgot: {
    title: 'Forgot your password?',
    intro:
      'Enter the e-mail address of your account. You get a code with which you set a new password.',
    send: 'Send code',
    unavailable:
      'This server sends no mail. Ask its administrator for a link with which you can set a new password.',
  },
  reset: {
    title: 'Set a new password',
    sent: 'If an account has this address, a mail with a code is on its way. The code is valid for 10 minutes.',
    linked: 'Choose a new password for your account.',
    elsewhere: 'Enter the code from the mail.',
    save: 'Set password',
    note: 'All your devices will be signed out.',
    again: 'Send another code',
    other: 'Use a code from another mail',
  },
  verify: {
    title: 'Verify your e-mail address',
    sent: 'A mail with a code is on its way to your address. The code is valid for 10 minutes.',
    linked: (name: string) => `Confirm that this address belongs to the account ${name}.`,
    elsewhere: (name: string) => `Enter the code from the mail to the account ${name}.`,
    signInFirst:
      'Sign in first, to the account that the mail names. If that is not your account, someone else has entered your address: ignore the mail, and give the code to no one.',
    toAccount: 'Back to your account, for another code',
    confirm: 'Confirm',
  },
  signIn: {
    title: 'Sign in with a code',
    intro: 'Enter the e-mail address of your account. If you have verified it, you get a code.',
    sent: 'If an account has this address, a mail with a code is on its way. The code is valid for 10 minutes.',
    linked: 'You asked for this link in this browser.',
    confirm: 'Sign in',
    disabled: 'This server does not let users sign in with a code. Sign in with your password.',
  },
  wait: (seconds: number) =>
    seconds > 90
      ? `Try again in ${Math.ceil(seconds / 60)} minutes.`
      : `Try again in ${seconds} seconds.`,
  flash: {} as { readonly [message in FlashMessage]?: string },
  errors: {} as { readonly [code in CallerFailureCode]?: string },
}

/** The texts in one language. */
export type Texts = typeof english

const german: Texts = {
  frame: {
    skip: 'Zum Inhalt',
    error: 'Fehler',
    account: 'Konto',
    console: 'Konsole',
    signIn: 'Anmelden',
    signOut: 'Abmelden',
    debugger: 'Token-Debugger',
    motto: 'Signiert, dann gegengezeichnet.',
  },
  email: 'E-Mail-Adresse',
  code: 'Code',
  codeHint: 'Die neun Ziffern aus der E-Mail.',
  newPassword: 'Neues Passwort',
  passwordAdvice: (minLength) =>
    `Mindestens ${minLength} Zeichen. Mehrere Wörter, die nicht zusammengehören, sind leicht zu merken und schwer zu erraten.`,
  toSignIn: 'Zurück zur Anmeldung',
  password: 'Passwort',
  start: {
    title: 'Anmelden',
    wrong: 'Der Benutzername oder das Passwort ist falsch.',
    name: 'Benutzername oder E-Mail-Adresse',
    forgot: 'Passwort vergessen?',
    byCode: 'Mit einem Code aus einer E-Mail anmelden',
    askAdministrator:
      'Passwort vergessen? Bitten Sie die Administration dieses Servers um einen Link, mit dem Sie ein neues festlegen können.',
    isNew: 'Neu hier?',
    isInvited: 'Haben Sie eine Einladung?',
    signUp: 'Konto anlegen',
  },
  address: {
    add: 'E-Mail-Adresse hinzufügen',
    change: 'E-Mail-Adresse ändern',
    removal: 'Lassen Sie das Feld leer, um sie zu entfernen.',
    save: 'Speichern',
    isVerified: (email) => `${email} ist bestätigt; Sie können sich damit anmelden.`,
    isNotVerified: (email) => `${email} ist nicht bestätigt.`,
    send: 'Code senden',
  },
  forgot: {
    title: 'Passwort vergessen?',
    intro:
      'Geben Sie die E-Mail-Adresse Ihres Kontos ein. Sie erhalten einen Code, mit dem Sie ein neues Passwort festlegen.',
    send: 'Code senden',
    unavailable:
      'Dieser Server versendet keine E-Mails. Bitten Sie die Administration um einen Link, mit dem Sie ein neues Passwort festlegen können.',
  },
  reset: {
    title: 'Neues Passwort festlegen',
    sent: 'Wenn ein Konto diese Adresse hat, ist eine E\u2011Mail mit einem Code unterwegs. Der Code gilt 10 Minuten.',
    linked: 'Wählen Sie ein neues Passwort für Ihr Konto.',
    elsewhere: 'Geben Sie den Code aus der E-Mail ein.',
    save: 'Passwort festlegen',
    note: 'Alle Ihre Geräte werden abgemeldet.',
    again: 'Neuen Code senden',
    other: 'Code aus einer anderen E-Mail verwenden',
  },
  verify: {
    title: 'E-Mail-Adresse bestätigen',
    sent: 'Eine E\u2011Mail mit einem Code ist unterwegs an Ihre Adresse. Der Code gilt 10 Minuten.',
    linked: (name) => `Bestätigen Sie, dass diese Adresse zum Konto ${name} gehört.`,
    elsewhere: (name) => `Geben Sie den Code aus der E-Mail an das Konto ${name} ein.`,
    signInFirst:
      'Melden Sie sich zuerst an, bei dem Konto, das in der E-Mail steht. Ist es nicht Ihr Konto, hat jemand anders Ihre Adresse angegeben: Ignorieren Sie die E-Mail, und geben Sie den Code niemandem.',
    toAccount: 'Zurück zum Konto, für einen neuen Code',
    confirm: 'Bestätigen',
  },
  signIn: {
    title: 'Mit einem Code anmelden',
    intro:
      'Geben Sie die E-Mail-Adresse Ihres Kontos ein. Wenn Sie sie bestätigt haben, erhalten Sie einen Code.',
    sent: 'Wenn ein Konto diese Adresse hat, ist eine E\u2011Mail mit einem Code unterwegs. Der Code gilt 10 Minuten.',
    linked: 'Sie haben diesen Link in diesem Browser angefordert.',
    confirm: 'Anmelden',
    disabled:
      'Auf diesem Server können Sie sich nicht mit einem Code anmelden. Melden Sie sich mit Ihrem Passwort an.',
  },
  wait: (seconds) =>
    seconds > 90
      ? `Versuchen Sie es in ${Math.ceil(seconds / 60)} Minuten wieder.`
      : `Versuchen Sie es in ${seconds} Sekunden wieder.`,
  flash: {
    signed_out: 'Sie sind auf diesem Gerät abgemeldet.',
    sign_in_over: 'Diese Anmeldung ist beendet. Beginnen Sie wieder mit Ihrem Passwort.',
    session_over: 'Ihre Sitzung ist beendet. Melden Sie sich wieder an.',
    password_reset:
      'Ihr Passwort ist festgelegt, und alle Ihre Geräte sind abgemeldet. Melden Sie sich damit an.',
    email_verified: 'Ihre E-Mail-Adresse ist bestätigt. Sie können sich mit ihr anmelden.',
    registered_only: 'Ihr Konto ist angelegt. Melden Sie sich an.',
    device_allowed:
      'Das Gerät ist angemeldet. Kehren Sie zu ihm zurück; Sie können diese Seite schließen.',
    device_denied:
      'Sie haben abgelehnt. Das Gerät bekommt keinen Zugriff; Sie können diese Seite schließen.',
    account_deleted: 'Ihr Konto und seine Daten sind gelöscht.',
  },
  errors: {
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
  },
}

const all: Readonly<Record<Language, Texts>> = { en: english, de: german }

/** Returns the texts in a language. */
export function textsOf(language: Language): Texts {
  return all[language]
}

/** Returns a form's error in the language of the texts. */
export function translateError(
  formError: FormError | undefined,
  { errors, wait }: Texts,
): FormError | undefined {
  if (!formError) return undefined
  const message = errors[formError.code]
  if (message === undefined) return formError
  const { retryAfter } = formError
  return {
    ...formError,
    message: retryAfter === undefined ? message : `${message} ${wait(retryAfter)}`,
  }
}
