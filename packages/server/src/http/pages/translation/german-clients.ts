/** The German of the pages of clients, resources, API tokens and mail in the console. */
export const clients = {
  'No dead letters.': 'Keine unzustellbaren E-Mails.',
  'A mail that cannot be delivered is shown here for 30 days.':
    'Eine E-Mail, die nicht zugestellt werden kann, steht hier 30 Tage lang.',
  'Dead letters': 'Unzustellbare E-Mails',
  To: 'An',
  Failed: 'Gescheitert',
  Attempts: 'Versuche',
  Error: 'Fehler',
  'This server sends no mail, because mail.host is not set.':
    'Dieser Server versendet keine E-Mails, weil mail.host nicht gesetzt ist.',
  'One mail waits to be sent.': 'Eine E-Mail wartet auf den Versand.',
  unknown: 'unbekannt',
  '{count} in all, the newest first. They are not tried again, and deleted after 30 days.':
    'Insgesamt {count}, die neuesten zuerst. Sie werden nicht wieder versucht und nach 30 Tagen gelöscht.',
  '{count} mails wait to be sent.': '{count} E-Mails warten auf den Versand.',
  'With an API token a program acts for its user, until the token expires or is revoked. Users make them on their account page. The last to expire is first.':
    'Mit einem API-Token handelt ein Programm für seinen Benutzer, bis es abläuft oder widerrufen wird. Benutzer erstellen sie auf ihrer Kontoseite. Das zuletzt ablaufende steht zuerst.',
  'No API tokens.': 'Keine API-Tokens.',
  'No program acts for a user.': 'Kein Programm handelt für einen Benutzer.',
  'API tokens of all users': 'API-Tokens aller Benutzer',
  'Every API refuses {name} of {user} at once, and programs that use it stop working. This cannot be undone.':
    'Jede API lehnt {name} von {user} sofort ab, und Programme, die es benutzen, arbeiten nicht mehr. Das lässt sich nicht rückgängig machen.',
  'Revoke {name} of {user}': '{name} von {user} widerrufen',
  'The APIs that access tokens are for. A token is for one of them, and has scopes of that one.':
    'Die APIs, für die Access-Tokens sind. Ein Token ist für eine davon und hat deren Scopes.',
  'No resources.': 'Keine Ressourcen.',
  'Add the URL of an API below.': 'Fügen Sie unten die URL einer API hinzu.',
  'Remove this resource?': 'Diese Ressource entfernen?',
  'Token lifetime': 'Lebensdauer der Tokens',
  'Change a resource': 'Ressource ändern',
  'New resource': 'Neue Ressource',
  'The audience of its tokens. If the resource is there already, it is changed.':
    'Der Empfänger ihrer Tokens. Gibt es die Ressource schon, wird sie geändert.',
  'Separated by spaces. With other scopes, access tokens of machines are revoked.':
    'Durch Leerzeichen getrennt. Mit anderen Scopes werden Access-Tokens von Maschinen widerrufen.',
  'Lifetime of its access tokens in seconds': 'Lebensdauer ihrer Access-Tokens in Sekunden',
  'From 10 to 86400; that of the settings unless given.':
    'Von 10 bis 86400; ohne Angabe die der Einstellungen.',
  'Open to applications that are not registered': 'Offen für nicht registrierte Anwendungen',
  'Every application with a metadata document may ask users for these scopes.':
    'Jede Anwendung mit einem Metadatendokument darf Benutzer um diese Scopes bitten.',
  'Save resource': 'Ressource speichern',
  'No token is issued for {name} any more. Its API tokens end, clients lose it with its scopes, and access tokens of machines for it are revoked at once. This cannot be undone.':
    'Für {name} wird kein Token mehr ausgestellt. Ihre API-Tokens enden, Clients verlieren sie mit ihren Scopes, und Access-Tokens von Maschinen für sie werden sofort widerrufen. Das lässt sich nicht rückgängig machen.',
  'Remove {name}': '{name} entfernen',
  'New application': 'Neue Anwendung',
  'New service account': 'Neues Dienstkonto',
  'Applications sign users in; service accounts get access tokens for themselves.':
    'Anwendungen melden Benutzer an; Dienstkonten erhalten Access-Tokens für sich selbst.',
  'No clients.': 'Keine Clients.',
  'A program of yours needs one to get access tokens.':
    'Ein Programm von Ihnen braucht einen, um Access-Tokens zu erhalten.',
  Kind: 'Art',
  'Authenticates by': 'Weist sich aus durch',
  application: 'Anwendung',
  'service account': 'Dienstkonto',
  'Its own keys': 'Eigene Schlüssel',
  'Nothing: it is public': 'Nichts: Er ist öffentlich',
  'never used': 'nie benutzt',
  'ends {time}': 'endet am {time}',
  'ended {time}': 'endete am {time}',
  Secret: 'Geheimnis',
  'Tokens of {issuer}': 'Tokens von {issuer}',
  'All clients': 'Alle Clients',
  'It is known by its metadata document, and may ask for the scopes of open resources.':
    'Sie ist durch ihr Metadatendokument bekannt und darf um die Scopes offener Ressourcen bitten.',
  'Sign everyone out …': 'Alle abmelden …',
  'Client id': 'Client-Id',
  public: 'öffentlich',
  confidential: 'vertraulich',
  Grants: 'Grants',
  Trusts: 'Vertraut',
  'the token of a workload': 'das Token eines Workloads',
  'a secret': 'ein Geheimnis',
  'without kid': 'ohne kid',
  Current: 'Aktuell',
  Replaced: 'Ersetzt',
  'End now …': 'Jetzt beenden …',
  Secrets: 'Geheimnisse',
  Ends: 'Endet',
  'when it is replaced': 'wenn es ersetzt wird',
  Ended: 'Beendet',
  '{subject} of {issuer}, for {audience}': '{subject} von {issuer}, für {audience}',
  'until the token expires': 'bis das Token abläuft',
  'each token once': 'jedem Token einmal',
  'Secrets of {name}': 'Geheimnisse von {name}',
  'Remove this application?': 'Diese Anwendung entfernen?',
  'Remove this service account?': 'Dieses Dienstkonto entfernen?',
  'Sign everyone out of this application?': 'Alle von dieser Anwendung abmelden?',
  'Sign everyone out': 'Alle abmelden',
  'It was never used.': 'Es wurde nie benutzt.',
  'End the replaced secret now?': 'Ersetztes Geheimnis jetzt beenden?',
  'End it now': 'Jetzt beenden',
  'The secrets and tokens of {name} are refused at once, and programs that use them stop working. This cannot be undone.':
    'Geheimnisse und Tokens von {name} werden sofort abgelehnt, und Programme, die sie benutzen, arbeiten nicht mehr. Das lässt sich nicht rückgängig machen.',
  'Its users are signed out of it.': 'Ihre Benutzer werden von ihr abgemeldet.',
  'Every API refuses the tokens of {name} at once. Its users sign in again to go on; the application itself stays as it is.':
    'Jede API lehnt die Tokens von {name} sofort ab. Ihre Benutzer melden sich wieder an; die Anwendung selbst bleibt, wie sie ist.',
  'It was last used {time}.': 'Es wurde zuletzt {time} benutzt.',
  'Programs of {name} that still use it are refused at once.':
    'Programme von {name}, die es noch benutzen, werden sofort abgelehnt.',
  'Access tokens of {name} are revoked; programs with the current secret get new ones.':
    'Access-Tokens von {name} werden widerrufen; Programme mit dem aktuellen Geheimnis erhalten neue.',
  'Rotate the secret': 'Geheimnis erneuern',
  'The replaced secret still works. It ends as soon as you rotate: a client has two secrets at most.':
    'Das ersetzte Geheimnis gilt noch. Es endet, sobald Sie erneuern: Ein Client hat höchstens zwei.',
  Overlap: 'Überlappung',
  'If the current secret may have leaked: take an hour, then end it at once.':
    'Wenn das aktuelle bekannt geworden sein kann: Nehmen Sie eine Stunde, und beenden Sie es dann sofort.',
  'Create another secret': 'Weiteres Geheimnis erstellen',
  'Scopes and resources': 'Scopes und Ressourcen',
  'Separated by spaces. Each must be one of a resource below, or one of identity; this server has those of the admin API.':
    'Durch Leerzeichen getrennt. Jeder muss zu einer Ressource unten oder zur Identität gehören; dieser Server hat die der Admin-API.',
  'The URLs of the APIs, separated by spaces.': 'Die URLs der APIs, durch Leerzeichen getrennt.',
  'If something changes, its access tokens are revoked. The next ones have what is saved.':
    'Ändert sich etwas, werden seine Access-Tokens widerrufen. Die nächsten haben das Gespeicherte.',
  'Copy it now: it is not shown again.': 'Kopieren Sie es jetzt: Es wird nicht wieder gezeigt.',
  '1 hour': '1 Stunde',
  '1 day': '1 Tag',
  '7 days': '7 Tage',
  '30 days': '30 Tage',
  '90 days': '90 Tage',
  '{overlap}, until {time}': '{overlap}, bis {time}',
  '{name} gets another secret. The current one works until the end of the overlap, so that no request fails while programs change to the new one.':
    '{name} erhält ein weiteres Geheimnis. Das aktuelle gilt bis zum Ende der Überlappung, damit keine Anfrage scheitert, während Programme wechseln.',
  'Another secret for {name}': 'Weiteres Geheimnis für {name}',
  'Both secrets work until {time}; then the one before is refused. Change every program to the new one. The list of secrets shows when the one before was last used.':
    'Beide Geheimnisse gelten bis {time}; dann wird das frühere abgelehnt. Stellen Sie jedes Programm auf das neue um. Die Liste der Geheimnisse zeigt, wann das frühere zuletzt benutzt wurde.',
  'Redirect URIs and sign-in': 'Redirect-URIs und Anmeldung',
  'It counts at once. Codes for a removed redirect URI are refused.':
    'Es gilt sofort. Codes für eine entfernte Redirect-URI werden abgelehnt.',
  'Redirect URIs': 'Redirect-URIs',
  'One a line. https, http on a loopback address, or a private scheme with a period; compared letter for letter. None if it signs users in on other devices only.':
    'Eine je Zeile. https, http auf einer Loopback-Adresse oder ein eigenes Schema mit einem Punkt; Buchstabe für Buchstabe verglichen. Keine, wenn sie Benutzer nur auf anderen Geräten anmeldet.',
  'Redirect URIs after signing out': 'Redirect-URIs nach dem Abmelden',
  'One a line.': 'Eine je Zeile.',
  'Back-channel logout URI': 'URI für Back-Channel-Logout',
  'It gets a logout token when a user is signed out of the application.':
    'Sie erhält ein Logout-Token, wenn ein Benutzer von der Anwendung abgemeldet wird.',
  Consent: 'Zustimmung',
  'Skip it only for an application of your own.':
    'Überspringen Sie sie nur bei einer eigenen Anwendung.',
  'Ask its users': 'Ihre Benutzer fragen',
  Skip: 'Überspringen',
  'Optional only for a confidential application that cannot do it: its requests need a nonce then.':
    'Optional nur für eine vertrauliche Anwendung, die es nicht kann: Ihre Anfragen brauchen dann eine Nonce.',
  Required: 'Erforderlich',
  Optional: 'Optional',
  'Proof of possession (DPoP)': 'Besitznachweis (DPoP)',
  'Tokens of an application that sends proofs are bound to its key.':
    'Tokens einer Anwendung, die Nachweise sendet, sind an ihren Schlüssel gebunden.',
  'Required, with a nonce': 'Erforderlich, mit einer Nonce',
  'Signature of ID tokens': 'Signatur von ID-Tokens',
  'For a client that cannot verify the first one.':
    'Für einen Client, der die erste nicht prüfen kann.',
  'After signing out': 'Nach dem Abmelden',
  'Back-channel logout': 'Back-Channel-Logout',
  skipped: 'übersprungen',
  'asked for': 'erfragt',
  'Optional, with a nonce': 'Optional, mit einer Nonce',
  'ID tokens': 'ID-Tokens',
  'the first algorithm of the settings': 'der erste Algorithmus der Einstellungen',
  '{algorithm}, the first of the settings': '{algorithm}, der erste der Einstellungen',
  'Application created': 'Anwendung erstellt',
  'Users see it. Lower-case letters, digits, and . _ : -':
    'Benutzer sehen ihn. Kleinbuchstaben, Ziffern und .\u00a0_\u00a0:\u00a0-',
  Type: 'Art der Anwendung',
  'A public one cannot keep a secret: in a browser, on a phone or a desktop.':
    'Eine öffentliche kann kein Geheimnis bewahren: im Browser, auf Telefon oder Desktop.',
  'Confidential: it gets a secret': 'Vertraulich: Sie erhält ein Geheimnis',
  'Public: no secret': 'Öffentlich: kein Geheimnis',
  'Signs users in on another device': 'Meldet Benutzer auf einem anderen Gerät an',
  'For a command line or a television: the device grant.':
    'Für eine Kommandozeile oder einen Fernseher: der Device-Grant.',
  'The URLs of the APIs that its tokens are for, separated by spaces.':
    'Die URLs der APIs, für die ihre Tokens sind, durch Leerzeichen getrennt.',
  'Separated by spaces. Those of identity are here; the others must each be one of a resource.':
    'Durch Leerzeichen getrennt. Die der Identität stehen hier; jeder andere muss zu einer Ressource gehören.',
  'Service account created': 'Dienstkonto erstellt',
  'Lower-case letters, digits, and . _ : -': 'Kleinbuchstaben, Ziffern und .\u00a0_\u00a0:\u00a0-',
  'The URLs of the APIs that its tokens are for, separated by spaces; this server unless given.':
    'Die URLs der APIs, für die seine Tokens sind, durch Leerzeichen getrennt; ohne Angabe dieser Server.',
  'Separated by spaces. Each must be one of a resource.':
    'Durch Leerzeichen getrennt. Jeder muss zu einer Ressource gehören.',
  'All resources and their scopes': 'Alle Ressourcen und ihre Scopes',
  'A secret': 'Ein Geheimnis',
  'It is made here, and shown once.': 'Es wird hier erstellt und einmal gezeigt.',
  'It signs an assertion for each request (private_key_jwt).':
    'Es signiert für jede Anfrage eine Assertion (private_key_jwt).',
  'The token of a workload': 'Das Token eines Workloads',
  'Kubernetes or CI; no secret at all.': 'Kubernetes oder CI; ganz ohne Geheimnis.',
  'Public keys': 'Öffentliche Schlüssel',
  'Issuer of the workload’s tokens': 'Aussteller der Tokens des Workloads',
  'Its URL; the keys are found there.': 'Seine URL; dort stehen die Schlüssel.',
  Subject: 'Subjekt',
  Audience: 'Empfänger',
  'One token may be used until it expires': 'Ein Token darf benutzt werden, bis es abläuft',
  'For a pod, which reads it again from a file.':
    'Für einen Pod, der es aus einer Datei neu liest.',
  '{name} asks for tokens at {path}.': '{name} fragt nach Tokens unter {path}.',
  'Create application': 'Anwendung erstellen',
  'Create service account': 'Dienstkonto erstellen',
  'A JWK set; each key with its {member}. Never a private key.':
    'Ein JWK-Set; jeder Schlüssel mit seinem {member}. Nie ein privater Schlüssel.',
  '{claim} of those tokens.': '{claim} dieser Tokens.',
  '{claim} of those tokens; the URL of this server unless given.':
    '{claim} dieser Tokens; ohne Angabe die URL dieses Servers.',
  'It sends its client id and its secret. Copy the secret now: it is not shown again.':
    'Dabei sendet es Client-Id und Geheimnis. Kopieren Sie das Geheimnis jetzt: Es wird nicht wieder gezeigt.',
  'It sends its client id.': 'Dabei sendet es die Client-Id.',
  '{name} signs users in at {page}, and gets tokens at {path}.':
    '{name} meldet Benutzer unter {page} an und erhält Tokens unter {path}.',
} as const
