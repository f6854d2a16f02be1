import type { Language } from '../../../domain/kernel/client-info.ts'

const english = {
  title: (application: string) => `Sign in to ${application}?`,
  intro: (application: string, user: string) =>
    `${application} asks for access to your account, ${user}. It may:`,
  scopes: {
    openid: 'know who you are',
    profile: 'see your user name',
    email: 'see your e-mail address',
    roles: 'act with your roles',
    offline_access: 'keep its access after you have signed out here',
  },
  api: (resource: string) => `act for you at ${resource}:`,
  allow: 'Allow',
  deny: 'Deny',
  unregistered: (host: string) =>
    `This application is not registered here. All that is known of it is its host, ${host}: allow it only if you trust that host.`,
  anyProgram:
    'Any program on your device can claim to be it. Allow it only if you have just started it yourself.',
  goesTo: 'Your browser then returns to',
  revoke: 'You can disconnect it at any time on your account page.',
}

/** The texts of the page that asks for consent, in one language. */
export type ConsentTexts = typeof english

const german: ConsentTexts = {
  title: (application) => `Bei ${application} anmelden?`,
  intro: (application, user) =>
    `${application} bittet um Zugriff auf Ihr Konto, ${user}. Die Anwendung darf dann:`,
  scopes: {
    openid: 'wissen, wer Sie sind',
    profile: 'Ihren Benutzernamen sehen',
    email: 'Ihre E-Mail-Adresse sehen',
    roles: 'mit Ihren Rollen handeln',
    offline_access: 'ihren Zugriff behalten, auch wenn Sie sich hier abgemeldet haben',
  },
  api: (resource) => `bei ${resource} für Sie handeln:`,
  allow: 'Erlauben',
  deny: 'Ablehnen',
  unregistered: (host) =>
    `Diese Anwendung ist hier nicht registriert. Bekannt ist nur, woher sie kommt: ${host}. Erlauben Sie den Zugriff nur, wenn Sie diesem Anbieter vertrauen.`,
  anyProgram:
    'Jedes Programm auf Ihrem Gerät kann sich als diese Anwendung ausgeben. Erlauben Sie den Zugriff nur, wenn Sie sie gerade selbst gestartet haben.',
  goesTo: 'Danach kehrt Ihr Browser zurück zu',
  revoke: 'Sie können die Verbindung jederzeit auf Ihrer Kontoseite trennen.',
}

const all: Readonly<Record<Language, ConsentTexts>> = { en: english, de: german }

/** Returns the texts in a language. */
export function consentTextsOf(language: Language): ConsentTexts {
  return all[language]
}
