/** The German of fields, of what they do, and of what forms say that a failure's own message does not. */
export const fields = {
  optional: 'optional',
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
  'Try again in {minutes} minutes.': 'Versuchen Sie es in {minutes} Minuten wieder.',
  'Try again in a second.': 'Versuchen Sie es in einer Sekunde wieder.',
  'Try again in {seconds} seconds.': 'Versuchen Sie es in {seconds} Sekunden wieder.',
  'The password is wrong.': 'Das Passwort ist falsch.',
  'The user name or the password is wrong.': 'Der Benutzername oder das Passwort ist falsch.',
  'The code or the link is wrong, expired or already used; ask for a new one.':
    'Der Code oder der Link ist falsch, abgelaufen oder schon benutzt. Fordern Sie einen neuen an.',
  'Enter the invitation that you were sent.':
    'Geben Sie die Einladung ein, die Sie erhalten haben.',
  'You cannot remove the role admin from yourself.':
    'Sie können sich die Rolle admin nicht selbst nehmen.',
  'This is the active key. Replace it, and it is revoked.':
    'Das ist der aktive Schlüssel. Ersetzen Sie ihn, und er wird widerrufen.',
  'one passkey': 'ein Passkey',
  '{count} passkeys': '{count} Passkeys',
  'one recovery code': 'ein Wiederherstellungscode',
  '{count} recovery codes': '{count} Wiederherstellungscodes',
} as const
