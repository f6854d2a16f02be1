/** The German of the pages for developers: the tour, the debugger, the API reference, the mailbox, and what problems mean. */
export const developers = {
  Tour: 'Rundgang',
  'Sign in, get a token, guard a route': 'Anmelden, ein Token erhalten, eine Route schützen',
  'This is a development server, on this machine only. Five steps show what it does. Each step is a request, with the command to send it yourself.':
    'Das ist ein Entwicklungsserver, nur auf diesem Rechner. Fünf Schritte zeigen, was er tut. Jeder ist eine Anfrage, mit dem Befehl, der sie sendet.',
  'The buttons require JavaScript. The commands do the same, and {link} works without it.':
    'Die Schaltflächen brauchen JavaScript. Die Befehle tun dasselbe, und das {link} geht ohne.',
  'signing in': 'Anmelden',
  'Exchange a user name and a password for two tokens: an access token to send with every request, and a refresh token to get the next one.':
    'Tauschen Sie Benutzernamen und Passwort gegen zwei Tokens: ein Access-Token für jede Anfrage und ein Refresh-Token, mit dem Sie das nächste erhalten.',
  'Inspect the token': 'Token ansehen',
  'Its header, its claims and its signature. Everyone can read a token; only this server can sign one.':
    'Sein Header, seine Claims und seine Signatur. Lesen kann ein Token jeder; signieren kann es nur dieser Server.',
  'Explain it': 'Erklären',
  'Call the guarded route': 'Geschützte Route aufrufen',
  'The guard verifies the signature, then the claims. It sends no request for that, so it takes microseconds.':
    'Der Guard prüft die Signatur, dann die Claims. Er sendet dafür keine Anfrage, darum dauert es Mikrosekunden.',
  'With the token': 'Mit dem Token',
  'Without a token': 'Ohne Token',
  'With a forged token': 'Mit gefälschtem Token',
  Refresh: 'Erneuern',
  'An access token expires within minutes. A refresh token gets the next one and is then used up, so a stolen refresh token is detected.':
    'Ein Access-Token läuft nach Minuten ab. Ein Refresh-Token holt das nächste und ist damit verbraucht, darum fällt ein gestohlenes auf.',
  'Sign out, and see it rejected': 'Abmelden, und das Token wird abgelehnt',
  'The session ends. Then the same token is sent once more, although it has not expired.':
    'Die Sitzung endet. Dann wird dasselbe Token noch einmal gesendet, obwohl es nicht abgelaufen ist.',
  'Sign in first.': 'Melden Sie sich zuerst an.',
  'Next steps': 'Nächste Schritte',
  '{link}, and see your devices and activity.': '{link}, mit Ihren Geräten und Ihrer Aktivität.',
  'Sign in on a page': 'Auf einer Seite anmelden',
  'See {keys} that verify tokens, and {metadata}.':
    'Sehen Sie sich {keys} an, die Tokens prüfen, und {metadata}.',
  'the keys': 'die Schlüssel',
  'the metadata of this server': 'die Metadaten dieses Servers',
  'Put a guard in front of your own route: five lines in {file}, for six frameworks.':
    'Setzen Sie einen Guard vor Ihre eigene Route: fünf Zeilen in {file}, für sechs Frameworks.',

  'Token debugger': 'Token-Debugger',
  'Paste a token. It is decoded and explained here, in your browser, and never sent: this page’s security policy forbids sending anything.':
    'Fügen Sie ein Token ein. Es wird hier, in Ihrem Browser, decodiert und erklärt und nie gesendet: Die Sicherheitsrichtlinie dieser Seite verbietet jedes Senden.',
  'This page requires JavaScript. Without it you would have to send the token to this server, which this page is made to avoid.':
    'Diese Seite braucht JavaScript. Ohne müssten Sie das Token an diesen Server senden, und das soll diese Seite gerade vermeiden.',
  Input: 'Eingabe',
  Token: 'Token',
  'Keys to verify it with': 'Schlüssel, mit denen es geprüft wird',
  'A JWKS, a JWK, a public key in PEM, or for HS256, HS384 and HS512 the secret. This server’s own keys are filled in.':
    'Ein JWKS, ein JWK, ein öffentlicher Schlüssel als PEM oder für HS256, HS384 und HS512 das Geheimnis. Die Schlüssel dieses Servers sind schon eingetragen.',

  'API reference': 'API-Referenz',
  Routes: 'Routen',
  'Find a route': 'Route suchen',
  'No route has this text.': 'Keine Route hat diesen Text.',
  'Programs find the same in {file}. Send the access token as {header}. A browser may have it in a cookie, and then only pages of this site can change anything.':
    'Programme finden dasselbe in {file}. Senden Sie das Access-Token als {header}. Ein Browser darf es in einem Cookie haben, und dann können nur Seiten dieser Website etwas ändern.',
  'For administrators': 'Für Administratoren',
  OAuth: 'OAuth',
  'Public documents': 'Öffentliche Dokumente',
  Health: 'Betrieb',
  'Sign-in and account': 'Anmeldung und Konto',
  Failures: 'Fehler',
  'Try it': 'Ausprobieren',
  Path: 'Pfad',
  'Access token': 'Access-Token',
  'Body, as JSON': 'Body, als JSON',
  Send: 'Senden',
  'Query parameters': 'Parameter der URL',
  Body: 'Body',
  'Answer {status}': 'Antwort {status}',
  'Answer {status}, as {type}.': 'Antwort {status}, als {type}.',
  'Answers 204 without a body.': 'Antwortet mit 204, ohne Body.',
  'Public.': 'Öffentlich.',
  'With or without a token.': 'Mit oder ohne Token.',
  'For users.': 'Für Benutzer.',
  'For users who have signed in within the last {minutes} minutes.':
    'Für Benutzer, die sich in den letzten {minutes} Minuten angemeldet haben.',
  'For applications, with the scope openid.': 'Für Anwendungen, mit dem Scope openid.',
  'For administrators.': 'Für Administratoren.',
  'For administrators who have signed in within the last {minutes} minutes.':
    'Für Administratoren, die sich in den letzten {minutes} Minuten angemeldet haben.',
  'Rate limited per user.': 'Die Zahl der Anfragen je Benutzer ist begrenzt.',
  'Rate limited per address.': 'Die Zahl der Anfragen je Adresse ist begrenzt.',

  Mailbox: 'Postfach',
  'This development server sends no mail: what it would send is here, the newest first. Reload to see more.':
    'Dieser Entwicklungsserver versendet keine E\u2011Mails: Was er senden würde, steht hier, das Neueste zuerst. Zum Aktualisieren neu laden.',
  'This development server sends its mail by SMTP, because mail.host is set.':
    'Dieser Entwicklungsserver versendet seine E-Mails über SMTP, weil mail.host gesetzt ist.',
  'There is no mail.': 'Keine E-Mails.',
  'To {address}, {time}': 'An {address}, {time}',

  'What to do': 'Was Sie tun können',
  'Routes that can fail with it': 'Routen, die damit scheitern können',
  'The message for programs: {message}': 'Die Meldung für Programme: {message}',
  Redirecting: 'Weiterleitung',
} as const
