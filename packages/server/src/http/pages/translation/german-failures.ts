/** The German of failures of users: signing in, their accounts, and what administrators do. */
export const failuresOfUsers = {
  credentials_wrong: 'Die Zugangsdaten sind falsch.',
  login_delayed: 'Zu viele falsche Versuche.',
  user_gone: 'Den Benutzer dieses Tokens gibt es nicht mehr, oder er ist gesperrt.',
  user_unknown: 'Diesen Benutzer gibt es nicht.',
  username_unacceptable: 'Das ist kein zulässiger Benutzername.',
  username_taken: 'Diesen Benutzernamen gibt es schon.',
  email_unacceptable: 'Das ist keine gültige E-Mail-Adresse.',
  email_taken: 'Ein anderer Benutzer hat diese Adresse.',
  role_unacceptable: 'Das ist keine zulässige Rolle.',
  not_oneself:
    'Administratoren können sich nicht selbst sperren, löschen oder herabstufen. Bitten Sie einen anderen.',
  last_administrator:
    'Das ist der letzte Administrator. Geben Sie zuerst einem anderen Benutzer die Rolle admin.',
  administrators_only: 'Das dürfen nur Administratoren.',
  audit_log_check_running:
    'Das Protokoll wird schon mit anderen Prüfpunkten geprüft. Versuchen Sie es wieder, wenn das fertig ist.',

  invitation_missing: 'Für die Registrierung brauchen Sie eine Einladung.',
  invitation_unusable:
    'Diese Einladung ist ungültig, abgelaufen oder schon benutzt. Bitten Sie um eine neue.',
  invitation_unknown: 'Diese Einladung gibt es nicht.',
  registration_closed:
    'Die Registrierung ist geschlossen. Bitten Sie die Administration um ein Konto.',

  password_too_short: 'Das Passwort ist zu kurz.',
  password_too_long: 'Das Passwort ist zu lang.',
  password_common:
    'Das Passwort ist eines der häufigsten. Wählen Sie mehrere Wörter, die nicht zusammengehören.',
  password_personal:
    'Das Passwort besteht aus Ihrem Namen, Ihrer Adresse oder dem Namen dieses Dienstes. Wählen Sie andere Wörter.',
  current_password_wrong: 'Das Passwort ist falsch.',
  code_wrong:
    'Der Code oder der Link ist falsch, abgelaufen oder schon benutzt. Fordern Sie einen neuen an.',
  code_sign_in_disabled: 'Auf diesem Server können Sie sich nicht mit einem Code anmelden.',
  mail_unavailable: 'Dieser Server versendet keine E-Mails.',

  factor_required:
    'Ein zweiter Faktor ist nötig. Senden Sie ihn mit dem Wert von sign_in an /login/factor.',
  factor_enrolment_required:
    'Dieses Konto muss einen zweiten Faktor haben. Fügen Sie einen hinzu, mit /login/factor/totp und dem Wert von sign_in.',
  second_factor_missing:
    'Diese Sitzung begann ohne den zweiten Faktor, den ihr Konto haben muss. Melden Sie sich wieder an.',
  sign_in_expired:
    'Diese Anmeldung ist abgelaufen oder hatte zu viele falsche Codes. Beginnen Sie wieder mit dem Passwort.',
  factor_wrong:
    'Der Code ist falsch, abgelaufen oder schon benutzt. Geben Sie den nächsten ein, der angezeigt wird.',
  factor_not_proposed: 'Beginnen Sie mit einem neuen QR-Code.',
  factor_unknown: 'Diesen zweiten Faktor hat das Konto nicht.',
  factor_needed: 'Dieses Konto muss einen zweiten Faktor haben.',
  password_needs_factor: 'Das Passwort ist zu kurz, um allein zu genügen. Ändern Sie es zuerst.',
  passkey_wrong:
    'Der Passkey wurde nicht angenommen. Öffnen Sie diese Seite neu und versuchen Sie es noch einmal.',
  passkey_name_unacceptable: 'Der Name muss 1 bis 64 Zeichen haben, ohne Steuerzeichen.',
  passkeys_too_many: 'Sie haben zu viele Passkeys. Entfernen Sie zuerst einen.',
  step_up_required:
    'Das verlangt eine Anmeldung mit einem zweiten Faktor in den letzten fünf Minuten. Senden Sie einen an /me/step-up, und wiederholen Sie die Anfrage mit dem neuen Token.',

  provider_unknown: 'Dieser Server hat keinen Identitätsanbieter dieses Namens.',
  provider_unavailable:
    'Der Identitätsanbieter antwortet nicht, wie er soll. Versuchen Sie es später wieder.',
  provider_answer_refused:
    'Die Antwort des Identitätsanbieters wurde nicht angenommen: Sie ist nicht für diesen Browser, abgelaufen oder schon benutzt. Melden Sie sich wieder an.',
  provider_domain_refused:
    'Konten dieses Identitätsanbieters brauchen eine bestätigte E-Mail-Adresse einer anderen Domain. Melden Sie sich mit dem Konto Ihrer Organisation an.',
  identity_unknown:
    'Kein Benutzer hat dieses Konto verknüpft. Melden Sie sich auf anderem Weg an und verknüpfen Sie es auf Ihrer Kontoseite, oder bitten Sie die Administration um ein Konto.',
  identity_email_taken:
    'Es gibt einen Benutzer mit der E-Mail-Adresse dieses Kontos. Melden Sie sich als dieser an, und verknüpfen Sie das Konto auf der Kontoseite.',
  identity_taken:
    'Ein anderer Benutzer hat dieses Konto verknüpft. Lösen Sie die Verknüpfung zuerst dort.',
  identities_too_many: 'Dieser Benutzer hat zu viele Konten verknüpft. Lösen Sie zuerst eines.',
  last_sign_in_method:
    'Das ist der einzige Anmeldeweg. Setzen Sie zuerst ein Passwort, oder fügen Sie einen Passkey hinzu.',

  session_ended: 'Die Sitzung ist beendet. Melden Sie sich wieder an.',
  session_unknown: 'Diese Sitzung gibt es nicht.',
  nothing_to_end:
    'Senden Sie ein Access-Token oder ein Refresh-Token, damit klar ist, welche Sitzung enden soll.',
  refresh_token_missing:
    'Das Refresh-Token fehlt. Senden Sie es im Body der Anfrage oder in seinem Cookie.',
  refresh_token_unknown: 'Das Refresh-Token ist ungültig.',
  refresh_token_expired: 'Die Sitzung ist abgelaufen. Melden Sie sich wieder an.',
  refresh_token_reused:
    'Das Refresh-Token war schon benutzt, darum wurde seine Sitzung beendet. Melden Sie sich wieder an.',
  refresh_too_often: 'Diese Sitzung wird zu oft erneuert. Warten Sie vor der nächsten Erneuerung.',

  api_token_unacceptable: 'Dieses API-Token ist nicht möglich: Prüfen Sie Namen und Laufzeit.',
  api_token_unknown: 'Dieses API-Token gibt es nicht.',
  api_tokens_too_many: 'Sie haben zu viele API-Tokens. Widerrufen Sie zuerst eines.',
  sign_in_required:
    'Das verlangt einen angemeldeten Benutzer. Anwendungen, API-Tokens und Dienstkonten können es nicht.',
  scope_unacceptable: 'Diesen Scope gibt es nicht, oder er steht Ihnen nicht zu.',
  resource_unacceptable: 'Das ist keine zulässige Ressource.',
  resource_unknown: 'Diese Ressource gibt es nicht.',
  client_unacceptable: 'Dieser Client ist so nicht möglich.',
  client_taken:
    'Ein anderer Client hat diesen Namen oder denselben Aussteller und dasselbe Subjekt.',
  client_unknown: 'Diesen Client gibt es nicht.',
  client_secret_unknown: 'Dieser Client hat kein ersetztes Geheimnis.',
  grant_unknown: 'Diese Anwendung gibt es nicht.',
  signing_key_unknown: 'Diesen Schlüssel gibt es nicht.',
  signing_key_active: 'Das ist der aktive Schlüssel. Ersetzen Sie ihn stattdessen.',
} as const
