import type { Language } from '../../domain/kernel/client-info.ts'

// The texts of the pages that belong to mails, signing in, and the change of an address, which are functions of values in part. All other pages
// translate phrase by phrase (translation/).

const english = {
  frame: {
    skip: 'Skip to content',
    error: 'Error',
    main: 'Main',
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
}

/** The texts in one language. */
export type Texts = typeof english

const german: Texts = {
  frame: {
    skip: 'Zum Inhalt',
    error: 'Fehler',
    main: 'Hauptmenü',
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
    name: 'Benutzername oder E-Mail-Adresse',
    forgot: 'Passwort vergessen?',
    byCode: 'Mit einem Code aus einer E\u2011Mail anmelden',
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
}

const all: Readonly<Record<Language, Texts>> = { en: english, de: german }

/** Returns the texts in a language. */
export function textsOf(language: Language): Texts {
  return all[language]
}
