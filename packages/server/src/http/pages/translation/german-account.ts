/** The German of the account, of its factors and tokens, and of signing up and out. */
export const account = {
  Account: 'Konto',
  'API token': 'API-Token',
  'Password and e-mail': 'Passwort und E-Mail',
  Manage: 'Verwalten',
  'None: your password alone signs in to this account.':
    'Keine: Ihr Passwort allein genügt für die Anmeldung.',
  'Let programs act for you, with scopes, until you revoke them.':
    'Lassen Sie Programme für Sie handeln, mit Scopes, bis Sie es widerrufen.',
  'Connected applications': 'Verbundene Anwendungen',
  'Applications that you have signed in to, and what they may do.':
    'Anwendungen, bei denen Sie sich angemeldet haben, und was sie dürfen.',
  'Delete this account': 'Dieses Konto löschen',
  'This deletes your account, its sessions and its e-mail address. You will be asked to confirm.':
    'Das löscht Ihr Konto, seine Sitzungen und seine E-Mail-Adresse. Sie werden noch einmal gefragt.',
  'None: a linked account alone is enough to sign in.':
    'Keine: Ein verknüpftes Konto allein genügt für die Anmeldung.',
  'Sign-in methods': 'Anmeldewege',
  'No account of another site is linked.': 'Kein Konto einer anderen Website ist verknüpft.',
  'Linked: {names}': 'Verknüpft: {names}',
  'Set a password': 'Passwort setzen',
  'You have a password.': 'Sie haben ein Passwort.',
  'You have no password.': 'Sie haben kein Passwort.',
  'You have a passkey.': 'Sie haben einen Passkey.',
  'You can also sign in with the accounts of other sites that you have linked.':
    'Sie können sich auch mit Konten anderer Websites anmelden, die Sie verknüpft haben.',
  'Linked {time}': 'Verknüpft am {time}',
  'not offered any more': 'nicht mehr angeboten',
  'The only way to sign in: set a password or add a passkey before you unlink it.':
    'Der einzige Anmeldeweg: Setzen Sie ein Passwort oder fügen Sie einen Passkey hinzu, bevor Sie ihn lösen.',
  'Unlink {title}': '{title} lösen',
  'You can no longer sign in with it, and your other devices are signed out.':
    'Sie können sich damit nicht mehr anmelden, und Ihre anderen Geräte werden abgemeldet.',
  Unlink: 'Lösen',
  'Link an account of {title}': 'Ein Konto von {title} verknüpfen',
  'Link an account': 'Konto verknüpfen',
  Profile: 'Profil',
  'Member since {time}': 'Mitglied seit {time}',
  'The last {count} events of your account, the newest first.':
    'Die letzten {count} Ereignisse Ihres Kontos, die neuesten zuerst.',
  'Language of pages and mails': 'Sprache von Seiten und E-Mails',
  'The language of the browser': 'Die Sprache des Browsers',

  'You have signed in to these applications, and allowed them what is listed. Disconnect one, and every API refuses it at once.':
    'Bei diesen Anwendungen haben Sie sich angemeldet und ihnen das Aufgeführte erlaubt. Trennen Sie eine, und jede API lehnt sie sofort ab.',
  'No application is connected.': 'Keine Anwendung ist verbunden.',
  'Disconnect {name}?': '{name} trennen?',
  'Every API refuses it at once, on all your devices. To use it again, sign in to it again.':
    'Jede API lehnt sie sofort ab, auf allen Ihren Geräten. Um sie wieder zu benutzen, melden Sie sich wieder bei ihr an.',
  Disconnect: 'Trennen',
  'Connected {time}; last used {used}': 'Verbunden am {time}; zuletzt benutzt {used}',
  'Disconnect {name}': '{name} trennen',
  'Disconnect …': 'Trennen …',

  'Delete this account?': 'Dieses Konto löschen?',
  'The account {name}, its sessions and its e-mail address are deleted immediately and permanently. They cannot be restored.':
    'Das Konto {name}, seine Sitzungen und seine E\u2011Mail-Adresse werden sofort und endgültig gelöscht. Sie lassen sich nicht wiederherstellen.',
  Devices: 'Geräte',
  'Sign out other devices': 'Andere Geräte abmelden',
  'The devices where you are signed in. If you do not recognize one, sign it out and change your password.':
    'Die Geräte, auf denen Sie angemeldet sind. Erkennen Sie eines nicht, melden Sie es ab und ändern Sie Ihr Passwort.',
  'Signed in {time}, last used {used}': 'Angemeldet am {time}, zuletzt benutzt {used}',
  'Signed in {time} from {address}, last used {used}':
    'Angemeldet am {time} von {address}, zuletzt benutzt {used}',
  'Sign out {name}, signed in {time}': '{name} abmelden, angemeldet {time}',
  'Change password': 'Passwort ändern',
  'Current password': 'Aktuelles Passwort',
  'Your other devices are signed out.': 'Ihre anderen Geräte werden abgemeldet.',

  'An API token lets a program act for you, with its scopes, until it expires or you revoke it. It stays valid when you sign out.':
    'Mit einem API-Token handelt ein Programm für Sie, mit seinen Scopes, bis es abläuft oder Sie es widerrufen. Es bleibt gültig, wenn Sie sich abmelden.',
  'You have no API tokens.': 'Sie haben keine API-Tokens.',
  'Revoke this API token?': 'Dieses API-Token widerrufen?',
  'Every API refuses {name} at once, and programs that use it stop working. This cannot be undone.':
    'Jede API lehnt {name} sofort ab, und Programme, die es benutzen, arbeiten nicht mehr. Das lässt sich nicht rückgängig machen.',
  'Never used': 'Nie benutzt',
  'Last used {time}': 'Zuletzt benutzt {time}',
  'expires {time}': 'läuft ab am {time}',
  'Revoke {name}': '{name} widerrufen',
  'Revoke …': 'Widerrufen …',
  'Copy it now: it is not shown again. It is valid until {time}.':
    'Kopieren Sie es jetzt: Es wird nicht wieder gezeigt. Es gilt bis {time}.',
  'All API tokens': 'Alle API-Tokens',
  'New API token': 'Neues API-Token',
  'What it is for.': 'Wofür es ist.',
  Scopes: 'Scopes',
  'Separated by spaces; {scope} gives it your roles.':
    'Durch Leerzeichen getrennt; {scope} gibt ihm Ihre Rollen.',
  Resource: 'Ressource',
  'The URL of the API; this server unless given.': 'Die URL der API; ohne Angabe dieser Server.',
  'From 1 to 366.': 'Von 1 bis 366.',
  'Create API token': 'API-Token erstellen',

  'Development: sign in as {user} with {password}.':
    'Entwicklung: Melden Sie sich als {user} mit {password} an.',
  'There are no users yet. The operator creates the first one, with the settings of this server:':
    'Es gibt noch keine Benutzer. Die Administration legt den ersten an, mit den Einstellungen dieses Servers:',
  Command: 'Befehl',

  'Sign out?': 'Abmelden?',
  'You are signed in as {name} on this device.': 'Auf diesem Gerät sind Sie als {name} angemeldet.',
  'Create an account': 'Konto anlegen',
  'The operator of this server creates its accounts. Ask them for one.':
    'Konten legt die Administration dieses Servers an. Bitten Sie sie um eines.',
  'Sign in': 'Anmelden',
  Invitation: 'Einladung',
  'Paste the invitation that you were sent. It can be used once.':
    'Fügen Sie die Einladung ein, die Sie erhalten haben. Sie gilt einmal.',
  'Create account': 'Konto anlegen',
  'Already have an account?': 'Haben Sie schon ein Konto?',

  'Confirm that it is you': 'Bestätigen Sie, dass Sie es sind',
  'This needs a recent sign-in, so nothing was changed. Confirm, then repeat the change.':
    'Das verlangt eine frische Anmeldung, darum wurde nichts geändert. Bestätigen Sie, und wiederholen Sie dann die Änderung.',
  Continue: 'Weiter',
  Confirm: 'Bestätigen',
  'Add an authenticator application': 'Authenticator-App hinzufügen',
  'With a second factor, your password alone signs no one in to your account.':
    'Mit einem zweiten Faktor genügt Ihr Passwort allein niemandem für eine Anmeldung.',
  'This account must have a second factor.': 'Dieses Konto muss einen zweiten Faktor haben.',
  'You have no second factor.': 'Sie haben keinen zweiten Faktor.',
  'Recovery codes': 'Wiederherstellungscodes',
  'One is left': 'Einer ist übrig',
  '{count} are left': '{count} sind übrig',
  'Few recovery codes are left. Make new ones, so that you can sign in without your factor.':
    'Wenige Wiederherstellungscodes sind übrig. Erstellen Sie neue, damit Sie sich ohne Ihren Faktor anmelden können.',
  'Passkey, added {time}': 'Passkey, hinzugefügt am {time}',
  'last used {time}': 'zuletzt benutzt am {time}',
  'Change {name}': '{name} ändern',
  'Change …': 'Ändern …',
  'Authenticator application': 'Authenticator-App',
  'Added {time}': 'Hinzugefügt am {time}',
  'Remove …': 'Entfernen …',
  'Confirm that it is you first: changes need a factor of the last five minutes.':
    'Bestätigen Sie zuerst, dass Sie es sind: Änderungen verlangen einen Faktor der letzten fünf Minuten.',
  'Add a passkey': 'Passkey hinzufügen',
  'It signs you in without a password, and no false site can ask for it. Your other devices are signed out.':
    'Er meldet Sie ohne Passwort an, und keine falsche Website kann ihn erfragen. Ihre anderen Geräte werden abgemeldet.',
  'Replace the authenticator application': 'Authenticator-App ersetzen',
  'The one that you have works until the first code of the new one.':
    'Ihre jetzige gilt bis zum ersten Code der neuen.',
  'Such as the one of your password manager or your telephone. Your other devices are signed out.':
    'Etwa die Ihres Passwortmanagers oder Telefons. Ihre anderen Geräte werden abgemeldet.',
  'Make new recovery codes': 'Neue Wiederherstellungscodes erstellen',
  'Those that you have end.': 'Ihre jetzigen gelten dann nicht mehr.',
  'Remove the authenticator application?': 'Authenticator-App entfernen?',
  'Your password alone signs in to your account then, and your recovery codes end.':
    'Dann genügt Ihr Passwort allein für die Anmeldung, und Ihre Wiederherstellungscodes gelten nicht mehr.',
  'To move to another telephone, replace the application instead.':
    'Um auf ein anderes Telefon umzuziehen, ersetzen Sie die App stattdessen.',
  Remove: 'Entfernen',
  'Your browser makes it, with this device, a security key or your telephone. You sign in with it by your fingerprint, your face or the PIN of the device.':
    'Ihr Browser erstellt ihn, mit diesem Gerät, einem Sicherheitsschlüssel oder Ihrem Telefon. Sie melden sich damit durch Fingerabdruck, Gesicht oder die PIN des Geräts an.',
  'Passkeys need JavaScript.': 'Passkeys brauchen JavaScript.',
  'So that you know it from others.': 'Damit Sie ihn von anderen unterscheiden.',
  Rename: 'Umbenennen',
  'It cannot be removed: this account must have a second factor. Add another one first.':
    'Er kann nicht entfernt werden: Dieses Konto muss einen zweiten Faktor haben. Fügen Sie zuerst einen anderen hinzu.',
  'It is your last second factor. Your password alone signs in to your account then, and your recovery codes end.':
    'Er ist Ihr letzter zweiter Faktor. Dann genügt Ihr Passwort allein für die Anmeldung, und Ihre Wiederherstellungscodes gelten nicht mehr.',
  'Delete it on the device as well: the browser offers it until then.':
    'Löschen Sie ihn auch auf dem Gerät: Bis dahin bietet der Browser ihn an.',
} as const
