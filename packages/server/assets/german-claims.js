// The German of what header parameters and claims mean.

/** The German of every meaning in `format.js`. */
export const germanClaims = Object.freeze({
  'Algorithm: how it is signed. A verifier goes by its key, never by this':
    'Algorithmus: wie es signiert ist. Ein Verifier richtet sich nach seinem Schlüssel, nie hiernach',
  'Type of the token. at+jwt is an access token': 'Typ des Tokens. at+jwt ist ein Access-Token',
  'Key id: which of the issuer’s keys signed it':
    'Schlüssel-Id: welcher Schlüssel des Ausstellers es signiert hat',
  'Content type of what is signed': 'Inhaltstyp dessen, was signiert ist',
  'Critical: extensions that a verifier must support, or else reject the token':
    'Kritisch: Erweiterungen, die ein Verifier kennen muss; sonst muss er das Token ablehnen',
  'The URL of a key set. Never trust it': 'Die URL einer Schlüsselmenge. Vertrauen Sie ihr nie',
  'A key inside the token. Never trust it': 'Ein Schlüssel im Token. Vertrauen Sie ihm nie',
  'The URL of a certificate. Never trust it': 'Die URL eines Zertifikats. Vertrauen Sie ihr nie',
  'A certificate inside the token. Never trust it':
    'Ein Zertifikat im Token. Vertrauen Sie ihm nie',
  'Issuer: who issued and signed it': 'Aussteller: wer es ausgestellt und signiert hat',
  'Subject: the user that it is about': 'Subjekt: der Benutzer, um den es geht',
  'Audience: the API that it is for. Every other API must reject it':
    'Empfänger: die API, für die es ist. Jede andere muss es ablehnen',
  'Expires: it is invalid from then on': 'Ablauf: von da an ist es ungültig',
  'Not before: it is invalid until then': 'Nicht vor: bis dahin ist es ungültig',
  'Id of this token': 'Id dieses Tokens',
  'The application that requested it': 'Die Anwendung, die es angefordert hat',
  'Scope: what it may be used for': 'Scope: wofür es benutzt werden darf',
  'Id of the session that it belongs to': 'Id der Sitzung, zu der es gehört',
  'The user name, for display': 'Der Benutzername, zum Anzeigen',
  'When the user last authenticated': 'Wann sich der Benutzer zuletzt ausgewiesen hat',
  'Authentication methods of the user': 'Womit sich der Benutzer ausgewiesen hat',
  'Assurance level of the authentication': 'Wie sicher sich der Benutzer ausgewiesen hat',
  'Authorized party: the client that it was issued to':
    'Berechtigter: der Client, für den es ausgestellt wurde',
  'Ties an ID token to the request for it': 'Bindet ein ID-Token an die Anfrage danach',
  'Ties an ID token to its access token': 'Bindet ein ID-Token an sein Access-Token',
  'Roles of the user': 'Rollen des Benutzers',
  'Groups of the user': 'Gruppen des Benutzers',
  'What the user is entitled to': 'Wozu der Benutzer berechtigt ist',
  'The entry of a status list that says whether it was revoked':
    'Der Eintrag einer Statusliste, der sagt, ob es widerrufen ist',
  'Confirmation: the key that its holder must prove':
    'Bestätigung: der Schlüssel, den sein Inhaber nachweisen muss',
  'Actor: who acts on behalf of the subject': 'Handelnder: wer für das Subjekt handelt',
})
