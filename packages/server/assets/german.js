// The German of the texts of scripts: the English text is the key.

/** The German of every phrase of a script. */
export const german = Object.freeze({
  // The names and the verdicts of checks.
  OK: 'OK',
  Error: 'Fehler',
  Note: 'Hinweis',
  Header: 'Header',
  Claims: 'Claims',
  Signature: 'Signatur',
  Form: 'Form',
  Size: 'Größe',
  Algorithm: 'Algorithmus',
  Type: 'Typ',
  Critical: 'Kritisch',
  Keys: 'Schlüssel',
  Key: 'Schlüssel',
  Issuer: 'Aussteller',
  Audience: 'Empfänger',
  Subject: 'Subjekt',
  Expiry: 'Ablauf',
  'Not before': 'Nicht vor',
  'Issued at': 'Ausgestellt',
  Lifetime: 'Lebensdauer',

  // The debugger.
  'Paste a token to see it explained here.': 'Fügen Sie ein Token ein, und es wird hier erklärt.',
  'A verifier would reject it: {faults}.': 'Ein Verifier würde es ablehnen: {faults}.',
  'No errors found, but the signature was not verified: do not trust its contents yet.':
    'Keine Fehler gefunden, aber die Signatur wurde nicht geprüft: Vertrauen Sie dem Inhalt noch nicht.',
  'Signed with this key. No errors found.': 'Mit diesem Schlüssel signiert. Keine Fehler gefunden.',

  // The form of a token.
  'It is not canonical base64url of one JSON object without duplicate members.':
    'Er ist kein kanonisches base64url eines JSON-Objekts ohne doppelte Namen.',
  'They are not canonical base64url of one JSON object without duplicate members.':
    'Sie sind kein kanonisches base64url eines JSON-Objekts ohne doppelte Namen.',
  'It is not canonical base64url.': 'Sie ist kein kanonisches base64url.',
  'Three parts of canonical base64url, the first two JSON objects.':
    'Drei Teile in kanonischem base64url, die ersten beiden JSON-Objekte.',
  'It has {length} characters; a verifier reads at most {max}.':
    'Es hat {length} Zeichen; ein Verifier liest höchstens {max}.',
  'Five parts: it is encrypted (JWE) and readable only with the key.':
    'Fünf Teile: Es ist verschlüsselt (JWE) und nur mit dem Schlüssel lesbar.',
  'An opaque secret, such as a refresh token. It has no parts to decode; do not paste secrets.':
    'Ein Geheimnis ohne lesbaren Inhalt, etwa ein Refresh-Token. Es hat keine Teile zum Decodieren; fügen Sie keine Geheimnisse ein.',
  'Parts: {count}. A token has three, separated by dots.':
    'Teile: {count}. Ein Token hat drei, durch Punkte getrennt.',
  'It contains invalid characters: a token has only letters, digits, hyphen, underscore and dot.':
    'Es enthält unzulässige Zeichen: Ein Token hat nur Buchstaben, Ziffern, Bindestrich, Unterstrich und Punkt.',

  // The header.
  'It names extensions. A verifier that does not support them must reject the token.':
    'Der Header nennt Erweiterungen. Ein Verifier, der sie nicht kennt, muss das Token ablehnen.',
  'It carries {names}. A verifier that trusts those accepts tokens from anyone.':
    'Der Header enthält {names}. Ein Verifier, der dem vertraut, nimmt Tokens von jedem an.',
  'It does not name its key, so a verifier with several keys cannot select one.':
    'Der Header nennt keinen Schlüssel, darum kann ein Verifier mit mehreren keinen auswählen.',
  'The header names no algorithm.': 'Der Header nennt keinen Algorithmus.',
  '“none”: it is not signed, so anyone can have written it.':
    '„none“: Es ist nicht signiert, jeder kann es geschrieben haben.',
  '{alg}: a shared secret. Every verifier of the token can also sign one.':
    '{alg}: ein gemeinsames Geheimnis. Wer das Token prüfen kann, kann auch eines signieren.',
  '{alg}: a private key signs, a public key verifies.':
    '{alg}: Ein privater Schlüssel signiert, ein öffentlicher prüft.',
  'This server’s verifier does not support it; names are case-sensitive.':
    'Der Verifier dieses Servers kennt ihn nicht; Groß- und Kleinschreibung zählt.',
  'An access token (RFC 9068).': 'Ein Access-Token (RFC 9068).',
  'It does not name its type, so it can be mistaken for another type.':
    'Der Header nennt keinen Typ, darum lässt sich das Token mit einem anderen Typ verwechseln.',
  '“{type}”: not an access token, so a guard rejects it.':
    '„{type}“: kein Access-Token, darum lehnt ein Guard es ab.',

  // The claims.
  'iss is missing: it does not name its issuer.': 'iss fehlt: Das Token nennt keinen Aussteller.',
  'sub must be a non-empty string.': 'sub muss ein nicht leerer Text sein.',
  'aud is missing: it does not name its audience, so no API should accept it.':
    'aud fehlt: Das Token nennt keinen Empfänger, darum sollte keine API es annehmen.',
  'exp is missing: it never expires. This server’s verifier rejects it.':
    'exp fehlt: Das Token läuft nie ab. Der Verifier dieses Servers lehnt es ab.',
  'exp is not a number of seconds.': 'exp ist keine Zahl von Sekunden.',
  'exp is in milliseconds; JWT requires seconds.':
    'exp ist in Millisekunden; JWT verlangt Sekunden.',
  'Expires {time}.': 'Läuft ab: {time}.',
  'Expired {time}.': 'Abgelaufen: {time}.',
  'nbf is not a number of seconds.': 'nbf ist keine Zahl von Sekunden.',
  'Valid since {time}.': 'Gültig seit: {time}.',
  'Not valid before {time}.': 'Nicht gültig vor: {time}.',
  'iat is missing: it does not say when it was issued.':
    'iat fehlt: Das Token sagt nicht, wann es ausgestellt wurde.',
  'iat is not a number of seconds.': 'iat ist keine Zahl von Sekunden.',
  'Issued {time}.': 'Ausgestellt: {time}.',
  'Issued {time}: a clock is wrong.': 'Ausgestellt: {time}. Eine Uhr geht falsch.',
  '{span}. A stolen token is usable for as long.':
    '{span}. So lange ist ein gestohlenes Token brauchbar.',

  // The signature.
  'Paste the issuer’s keys to verify the signature.':
    'Fügen Sie die Schlüssel des Ausstellers ein, um die Signatur zu prüfen.',
  'This browser cannot verify this algorithm.':
    'Dieser Browser kann diesen Algorithmus nicht prüfen.',
  'Browsers verify signatures only on https and on localhost.':
    'Browser prüfen Signaturen nur über https und auf localhost.',
  'The key cannot be imported: it is damaged, or for another algorithm.':
    'Der Schlüssel lässt sich nicht lesen: Er ist beschädigt oder für einen anderen Algorithmus.',
  'Valid: the holder of this key signed exactly this token.':
    'Gültig: Der Inhaber dieses Schlüssels hat genau dieses Token signiert.',
  'Invalid: the token was changed, or another key signed it.':
    'Ungültig: Das Token wurde verändert, oder ein anderer Schlüssel hat es signiert.',
  'A public key must not be used as a shared secret: that is how tokens are forged.':
    'Ein öffentlicher Schlüssel darf kein gemeinsames Geheimnis sein: So werden Tokens gefälscht.',
  'Not a key: paste a JWKS, a JWK or a public key in PEM.':
    'Kein Schlüssel: Fügen Sie ein JWKS, einen JWK oder einen öffentlichen Schlüssel als PEM ein.',
  'The key that the token names is for another algorithm.':
    'Der Schlüssel, den das Token nennt, ist für einen anderen Algorithmus.',
  'None of these keys has the key id of the token: it is another issuer’s, or it was removed.':
    'Keiner dieser Schlüssel hat die Schlüssel-Id des Tokens: Er gehört einem anderen Aussteller oder wurde entfernt.',
  'The token names no key, and several of these match.':
    'Das Token nennt keinen Schlüssel, und mehrere dieser Schlüssel passen.',

  // Times.
  now: 'jetzt',
  'in {span}': 'in {span}',
  '{span} ago': 'vor {span}',
  '{count} days': '{count} Tage',

  // The tour.
  'Time left: {span}': 'Verbleibende Zeit: {span}',
  'none, it has expired': 'keine, es ist abgelaufen',
  'without a token': 'ohne Token',
  'with other claims and the old signature': 'mit anderen Claims und der alten Signatur',
  'The session has ended.': 'Die Sitzung ist beendet.',
})
