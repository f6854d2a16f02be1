/** The German of fields and of what they do. */
export const fields = {
  optional: 'freiwillig',
  'Show typed text': 'Eingabe zeigen',
  'Hide typed text': 'Eingabe verbergen',
  'At least {minLength} characters. Several words that do not belong together are easy to keep and hard to guess.':
    'Mindestens {minLength} Zeichen. Mehrere Wörter, die nicht zusammengehören, sind leicht zu merken und schwer zu erraten.',
  '{count} more characters': 'Noch {count} Zeichen',
  'Too uniform': 'Zu gleichförmig',
  'Long enough': 'Lang genug',
  'Long, and hard to guess': 'Lang und schwer zu erraten',
  'Your password': 'Ihr Passwort',
  'You have no password: a sign-in of the last five minutes is enough.':
    'Sie haben kein Passwort: Eine Anmeldung der letzten fünf Minuten genügt.',
  Copy: 'Kopieren',
  Copied: 'Kopiert',
  'one passkey': 'ein Passkey',
  '{count} passkeys': '{count} Passkeys',
  'one recovery code': 'ein Wiederherstellungscode',
  '{count} recovery codes': '{count} Wiederherstellungscodes',
} as const
