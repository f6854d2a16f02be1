/** The German of the messages after a form was sent. */
export const flash = {
  'You are signed out on this device.': 'Sie sind auf diesem Gerät abgemeldet.',
  'Your session has ended. Sign in again to continue.':
    'Ihre Sitzung ist beendet. Melden Sie sich wieder an.',
  'This sign-in has ended. Begin with your password again.':
    'Diese Anmeldung ist beendet. Beginnen Sie wieder mit Ihrem Passwort.',
  'Welcome. Your account has been created, and you are signed in.':
    'Willkommen. Ihr Konto ist angelegt, und Sie sind angemeldet.',
  'Your account has been created. Sign in to continue.':
    'Ihr Konto ist angelegt. Melden Sie sich an.',
  'Your password has been changed, and your other devices are signed out.':
    'Ihr Passwort ist geändert, und Ihre anderen Geräte sind abgemeldet.',
  'Your password has been set, and all your devices are signed out. Sign in with it.':
    'Ihr Passwort ist festgelegt, und alle Ihre Geräte sind abgemeldet. Melden Sie sich damit an.',
  'Your e-mail address is saved.': 'Ihre E-Mail-Adresse ist gespeichert.',
  'Your e-mail address is verified. You can sign in with it.':
    'Ihre E-Mail-Adresse ist bestätigt. Sie können sich mit ihr anmelden.',
  'Your language is saved.': 'Ihre Sprache ist gespeichert.',
  'Your e-mail address is removed.': 'Ihre E-Mail-Adresse ist entfernt.',
  'The passkey is added. You can sign in with it.':
    'Der Passkey ist hinzugefügt. Sie können sich damit anmelden.',
  'The passkey has another name.': 'Der Passkey hat einen anderen Namen.',
  'The passkey is removed. Delete it on its device as well.':
    'Der Passkey ist entfernt. Löschen Sie ihn auch auf seinem Gerät.',
  'The authenticator application is added. Each sign-in needs it now.':
    'Die Authenticator-App ist hinzugefügt. Jede Anmeldung braucht sie jetzt.',
  'The authenticator application is removed.': 'Die Authenticator-App ist entfernt.',
  'The device is signed out.': 'Das Gerät ist abgemeldet.',
  'All other devices are signed out.': 'Alle anderen Geräte sind abgemeldet.',
  'The user has been created.': 'Der Benutzer ist angelegt.',
  'E-mail and roles are saved.': 'E-Mail und Rollen sind gespeichert.',
  'The user is disabled, and all their sessions have ended.':
    'Der Benutzer ist gesperrt, und alle seine Sitzungen sind beendet.',
  'The user is enabled and can sign in again.':
    'Der Benutzer ist entsperrt und kann sich wieder anmelden.',
  'The password has been set, and all sessions of the user have ended.':
    'Das Passwort ist gesetzt, und alle Sitzungen des Benutzers sind beendet.',
  'The second factors are removed, and all sessions of the user have ended.':
    'Die zweiten Faktoren sind entfernt, und alle Sitzungen des Benutzers sind beendet.',
  'The user has been deleted.': 'Der Benutzer ist gelöscht.',
  'All their sessions have ended.': 'Alle seine Sitzungen sind beendet.',
  'The invitation is revoked.': 'Die Einladung ist widerrufen.',
  'The API token is revoked.': 'Das API-Token ist widerrufen.',
  'The application is disconnected.': 'Die Anwendung ist getrennt.',
  'The device is signed in. Return to it; you can close this page.':
    'Das Gerät ist angemeldet. Kehren Sie zu ihm zurück; Sie können diese Seite schließen.',
  'You have refused. The device gets no access; you can close this page.':
    'Sie haben abgelehnt. Das Gerät bekommt keinen Zugriff; Sie können diese Seite schließen.',
  'All users are signed out of the application.':
    'Alle Benutzer sind von der Anwendung abgemeldet.',
  'The client is removed.': 'Der Client ist entfernt.',
  'The application is saved.': 'Die Anwendung ist gespeichert.',
  'Scopes and resources are saved. If they changed, the access tokens before are revoked.':
    'Scopes und Ressourcen sind gespeichert. Haben sie sich geändert, sind die Access-Tokens von vorher widerrufen.',
  'The replaced secret is refused from now on.': 'Das ersetzte Geheimnis wird ab jetzt abgelehnt.',
  'The resource is saved.': 'Die Ressource ist gespeichert.',
  'The resource is removed, and no token is issued for it.':
    'Die Ressource ist entfernt, und für sie wird kein Token mehr ausgestellt.',
  'The next key will sign as soon as every cache can know it.':
    'Der nächste Schlüssel signiert, sobald jeder Cache ihn kennen kann.',
  'The next key signs now, and the previous one is revoked.':
    'Der nächste Schlüssel signiert jetzt, und der vorige ist widerrufen.',
  'Nothing was changed: the keys were rotated a moment ago.':
    'Nichts wurde geändert: Die Schlüssel wurden eben erst gewechselt.',
  'The key has been revoked.': 'Der Schlüssel ist widerrufen.',
  'Your account and its data have been deleted.': 'Ihr Konto und seine Daten sind gelöscht.',
  'You did not sign in there, so nothing was changed.':
    'Sie haben sich dort nicht angemeldet, darum wurde nichts geändert.',
  'The account is linked. It signs you in from now on.':
    'Das Konto ist verknüpft. Es meldet Sie ab jetzt an.',
  'The account is unlinked, and your other devices are signed out.':
    'Das Konto ist gelöst, und Ihre anderen Geräte sind abgemeldet.',
} as const
