import type { Language } from '../../../domain/kernel/client-info.ts'

const english = {
  title: 'Second step',
  intro: (user: string) => `Confirm that you are ${user}.`,
  code: 'Code',
  codeHint: 'The six digits that your authenticator application shows.',
  confirm: 'Sign in',
  lost: 'Use a recovery code',
  recoveryCode: 'Recovery code',
  recoveryHint: 'One of the codes that you kept when you added the application. It works once.',
  recoveryWrong: 'The recovery code is wrong or already used.',
  must: (user: string) =>
    `The account ${user} must have a second factor. Add an authenticator application, such as the one of your password manager or your telephone.`,
  add: 'Add an application',
  scan: 'Scan this QR code with your authenticator application, or enter the key. Both are shown only now.',
  qrCode: 'QR code for your authenticator application',
  key: 'Key',
  open: 'Open in an application on this device',
  firstCode: 'Then enter the code that the application shows.',
  confirmFirst: 'Add application',
  scanned: 'Enter the code that the application shows now.',
  again: 'Begin again with another QR code',
  codesTitle: 'Keep your recovery codes',
  codesIntro:
    'Each of these codes replaces a code of the application once, if you lose it. Keep them where you keep important papers: they are not shown again.',
  codes: 'Recovery codes',
  download: 'Download',
  next: 'Continue',
  noWay: 'Without either, ask an administrator of this server to reset your second factors.',
}

/** The texts of the second step of a sign-in, in one language. */
export type SecondStepTexts = typeof english

const german: SecondStepTexts = {
  title: 'Zweiter Schritt',
  intro: (user) => `Bestätigen Sie, dass Sie ${user} sind.`,
  code: 'Code',
  codeHint: 'Die sechs Ziffern, die Ihre Authenticator-App anzeigt.',
  confirm: 'Anmelden',
  lost: 'Wiederherstellungscode verwenden',
  recoveryCode: 'Wiederherstellungscode',
  recoveryHint:
    'Einer der Codes, die Sie beim Hinzufügen der App aufbewahrt haben. Er gilt einmal.',
  recoveryWrong: 'Der Wiederherstellungscode ist falsch oder schon benutzt.',
  must: (user) =>
    `Das Konto ${user} braucht einen zweiten Faktor. Fügen Sie eine Authenticator-App hinzu, etwa die Ihres Passwortmanagers oder Telefons.`,
  add: 'App hinzufügen',
  scan: 'Lesen Sie diesen QR-Code mit Ihrer Authenticator-App ein, oder geben Sie den Schlüssel ein. Beides wird nur jetzt angezeigt.',
  qrCode: 'QR-Code für Ihre Authenticator-App',
  key: 'Schlüssel',
  open: 'In einer App auf diesem Gerät öffnen',
  firstCode: 'Geben Sie dann den Code ein, den die App anzeigt.',
  confirmFirst: 'App hinzufügen',
  scanned: 'Geben Sie den Code ein, den die App jetzt anzeigt.',
  again: 'Mit einem anderen QR-Code neu beginnen',
  codesTitle: 'Wiederherstellungscodes aufbewahren',
  codesIntro:
    'Jeder dieser Codes ersetzt einmal einen Code der App, falls Sie sie verlieren. Bewahren Sie sie bei Ihren wichtigen Papieren auf: Sie werden nicht wieder angezeigt.',
  codes: 'Wiederherstellungscodes',
  download: 'Herunterladen',
  next: 'Weiter',
  noWay: 'Ohne beides bitten Sie die Administration, Ihre zweiten Faktoren zurückzusetzen.',
}

/** Returns the texts in a language. */
export function secondStepTextsOf(language: Language): SecondStepTexts {
  return language === 'de' ? german : english
}
