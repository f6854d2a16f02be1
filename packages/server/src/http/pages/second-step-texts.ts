import type { Language } from '../../domain/kernel/client-info.ts'

const english = {
  title: 'Second step',
  intro: (user: string) => `Confirm that you are ${user}.`,
  code: 'Code',
  codeHint: 'The six digits that your authenticator application shows.',
  confirm: 'Sign in',
  lost: 'Application not at hand? Use a recovery code',
  recoveryCode: 'Recovery code',
  recoveryHint: 'One of the codes that you kept when you added the application. It works once.',
  recoveryWrong: 'The recovery code is wrong or already used.',
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
  lost: 'App nicht zur Hand? Wiederherstellungscode verwenden',
  recoveryCode: 'Wiederherstellungscode',
  recoveryHint:
    'Einer der Codes, die Sie beim Hinzufügen der App aufbewahrt haben. Er gilt einmal.',
  recoveryWrong: 'Der Wiederherstellungscode ist falsch oder schon benutzt.',
  noWay: 'Ohne beides bitten Sie die Administration, Ihre zweiten Faktoren zurückzusetzen.',
}

/** Returns the texts in a language. */
export function secondStepTextsOf(language: Language): SecondStepTexts {
  return language === 'de' ? german : english
}
