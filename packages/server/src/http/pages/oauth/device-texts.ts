import type { Language } from '../../../domain/kernel/client-info.ts'

const english = {
  title: 'Connect a device',
  intro: 'A program or a device shows you a code. Enter it here to sign in there.',
  code: 'Code',
  codeHint: 'Eight letters, such as WDJB-MJHT.',
  next: 'Continue',
  question: (application: string) => `Sign in to ${application} on another device?`,
  asks: (application: string, user: string) =>
    `${application} asks for access to your account, ${user}. It may:`,
  warning:
    'Allow this only if you started it yourself, on a device of your own that shows this code now:',
  deny: 'Has another person sent you the code or a link to this page, or told you to enter it? Then deny: that person would get access to your account.',
  wrong: 'The code is wrong, expired or already used. Look at your device again.',
}

/** The texts of the page on which users sign in on another device, in one language. */
export type DeviceTexts = typeof english

const german: DeviceTexts = {
  title: 'Gerät verbinden',
  intro:
    'Ein Programm oder ein Gerät zeigt Ihnen einen Code. Geben Sie ihn hier ein, um sich dort anzumelden.',
  code: 'Code',
  codeHint: 'Acht Buchstaben, zum Beispiel WDJB-MJHT.',
  next: 'Weiter',
  question: (application) => `Auf einem anderen Gerät bei ${application} anmelden?`,
  asks: (application, user) =>
    `${application} bittet um Zugriff auf Ihr Konto, ${user}. Die Anwendung darf dann:`,
  warning:
    'Erlauben Sie das nur, wenn Sie es selbst begonnen haben, auf einem eigenen Gerät, das jetzt diesen Code zeigt:',
  deny: 'Hat Ihnen eine andere Person den Code oder einen Link auf diese Seite geschickt, oder Sie gebeten, ihn einzugeben? Dann lehnen Sie ab: Diese Person bekäme Zugriff auf Ihr Konto.',
  wrong: 'Der Code ist falsch, abgelaufen oder schon benutzt. Sehen Sie noch einmal auf Ihr Gerät.',
}

const all: Readonly<Record<Language, DeviceTexts>> = { en: english, de: german }

/** Returns the texts in a language. */
export function deviceTextsOf(language: Language): DeviceTexts {
  return all[language]
}
