/** The German of failures of requests: tokens, bodies, cookies, OAuth, and what the server cannot do now. */
export const failuresOfRequests = {
  token_missing: 'Das Token fehlt.',
  token_expired: 'Das Token ist abgelaufen.',
  token_invalid: 'Das Token ist ungültig.',
  token_revoked: 'Das Token ist ungültig.',
  authorization_malformed:
    'Der Header Authorization oder das Cookie ist fehlerhaft. Senden Sie das Token einmal, als „Bearer“, ein Leerzeichen und das Token, oder in seinem Cookie.',
  request_cross_site:
    'Anfrage von einer anderen Website: Das Cookie gilt nur für Seiten dieser Website.',
  scope_missing: 'Diese Route verlangt einen Scope, den das Token nicht hat.',
  role_missing: 'Diese Route verlangt eine Rolle, die das Token nicht hat.',
  factor_missing: 'Diese Route verlangt eine stärkere Anmeldung.',
  authentication_too_old: 'Diese Route verlangt eine frischere Anmeldung.',
  proof_invalid: 'Der DPoP-Nachweis fehlt, ist ungültig oder schon benutzt.',
  proof_nonce_required:
    'Wiederholen Sie die Anfrage mit einem neuen DPoP-Nachweis, mit der Nonce aus dem Header DPoP-Nonce.',
  issuer_unreachable:
    'Die Schlüssel des Ausstellers sind nicht erreichbar. Versuchen Sie es später wieder.',
  issuer_mismatch:
    'Der Aussteller hat eine andere URL, als dieser Dienst erwartet. Sein Betreiber muss die Einstellungen ändern.',
  revocation_unknown:
    'Ob das Token widerrufen ist, lässt sich gerade nicht feststellen. Versuchen Sie es später wieder.',
  exchange_unavailable:
    'Das API-Token lässt sich gerade nicht prüfen. Versuchen Sie es später wieder.',
  api_token_malformed: 'Das API-Token ist vertippt oder unvollständig: Seine Prüfsumme ist falsch.',
  api_token_refused:
    'Der Aussteller kennt das API-Token nicht, oder es ist für einen anderen Empfänger.',
  status_missing:
    'Das Token nennt keine Statusliste, darum lässt sich nicht prüfen, ob es widerrufen ist.',
  status_unusable: 'Der Claim status des Tokens ist unbrauchbar.',
  claims_invalid: 'Die Claims des Tokens passen nicht zum Schema der Anwendung.',
  legacy_user_unknown: 'Der Benutzer des alten Tokens ist unbekannt, gesperrt oder gelöscht.',
  legacy_user_unavailable: 'Der Benutzer des alten Tokens ließ sich nicht nachschlagen.',
  token_bound:
    'Das Token ist an einen Schlüssel seines Clients gebunden und wurde als einfaches Bearer-Token gesendet.',
  token_unbound: 'Das Token ist ein Bearer-Token und wurde mit dem Schema DPoP gesendet.',

  route_unknown: 'Diese Seite gibt es nicht.',
  method_not_allowed: 'Diese Adresse nimmt diese Methode nicht an.',
  target_malformed: 'Die URL ist fehlerhaft.',
  host_unknown:
    'Unbekannter Host: In der Entwicklung antwortet dieser Server nur diesem Rechner und dem Host von issuer.url.',
  machine_unknown:
    'In der Entwicklung, mit dem allgemein bekannten Passwort, antwortet dieser Server nur diesem Rechner. Starten Sie die Anwendung mit NODE_ENV=production, oder geben Sie den Proxy in proxy.addresses an.',
  https_required: 'Diese Adresse verlangt HTTPS.',
  transfer_coding_unknown:
    'Dieses Transfer-Encoding wird nicht unterstützt. Senden Sie den Body, wie er ist, oder „chunked“.',
  body_type_wrong:
    'Dieser Content-Type wird nicht unterstützt. Senden Sie den Body als application/json.',
  body_too_large: 'Der Body der Anfrage ist zu groß.',
  body_cut_off: 'Der Body der Anfrage ist unvollständig.',
  body_not_utf8: 'Der Body der Anfrage ist nicht in UTF-8.',
  body_malformed: 'Der Body der Anfrage ist kein JSON.',
  body_not_object: 'Der Body der Anfrage muss ein JSON-Objekt sein.',
  body_ambiguous: 'Der Body der Anfrage hat einen Namen doppelt oder ist zu tief verschachtelt.',
  body_invalid: 'Der Body der Anfrage ist ungültig.',
  query_invalid: 'Die Parameter der URL sind ungültig.',
  form_cross_site: 'Das Formular kam von einer anderen Website. Öffnen Sie die Seite noch einmal.',
  form_unreadable: 'Das Formular konnte nicht gelesen werden. Öffnen Sie die Seite noch einmal.',
  form_incomplete: 'Dieses Feld fehlt oder ist falsch ausgefüllt.',
  cookies_cross_site: 'Cookies gelten nur für Seiten dieser Website.',
  cookie_ambiguous: 'Die Anfrage hat ein Cookie dieses Servers zweimal.',
  limit_exceeded: 'Zu viele Anfragen.',
  busy: 'Der Server ist gerade ausgelastet. Versuchen Sie es gleich wieder.',
  internal: 'Interner Fehler. Nennen Sie die Id der Anfrage, wenn Sie ihn melden.',

  status_list_unknown: 'Diese Statusliste gibt es nicht.',
  status_list_time:
    'Frühere Statuslisten werden nicht aufbewahrt. Senden Sie die Anfrage ohne `time`.',
  feed_full:
    'Zu viele Verbindungen zu den Feeds dieses Servers. Laden Sie die Liste, und versuchen Sie es später wieder.',
  upstream_unreachable:
    'Dieses Relay erreicht den Server nicht, dem es folgt. Versuchen Sie es später wieder.',

  parameter_invalid: 'Ein Parameter ist ungültig.',
  client_unauthenticated: 'Der Client konnte sich nicht ausweisen.',
  grant_unsupported:
    'Dieser grant_type wird nicht unterstützt. Die Metadaten führen die unterstützten auf.',
  grant_not_allowed: 'Das darf dieser Client nicht.',
  grant_invalid:
    'Das API-Token, der Code oder das Refresh-Token ist unbekannt, abgelaufen, benutzt oder widerrufen.',
  scope_invalid: 'Der Scope ist ungültig.',
  target_invalid: 'Die Ressource ist ungültig.',
  trusted_issuer_unreachable:
    'Die Schlüssel eines Ausstellers, dem vertraut wird, lassen sich nicht laden.',
  dpop_proof_invalid: 'Der DPoP-Nachweis fehlt, ist ungültig oder schon benutzt.',
  dpop_nonce_required:
    'Wiederholen Sie die Anfrage mit einem neuen DPoP-Nachweis, mit der Nonce aus dem Header DPoP-Nonce.',
  authorization_request_invalid:
    'Die Anwendung hat eine Anfrage gesendet, die sich nicht beantworten lässt.',
  authorization_pending:
    'Der Benutzer hat noch nicht geantwortet. Fragen Sie nach der vorgegebenen Zeit wieder.',
  polled_too_fast: 'Zu früh wieder gefragt. Ab jetzt sind es 5 Sekunden mehr.',
  authorization_denied: 'Der Benutzer hat abgelehnt.',
  device_code_expired:
    'Der Benutzer hat nicht rechtzeitig geantwortet. Fordern Sie einen neuen Code an.',
  user_code_wrong: 'Der Code ist falsch oder abgelaufen.',
  response_type_unsupported: 'Dieser response_type wird nicht unterstützt.',
  logout_request_invalid:
    'Die Anwendung hat eine Anfrage zum Abmelden gesendet, die sich nicht beantworten lässt.',
  sign_in_refused: 'Die Anwendung hat diese Anmeldung abgelehnt.',
  hook_failed:
    'Die Anwendung hat diese Anmeldung nicht angenommen oder nicht geantwortet. Versuchen Sie es gleich wieder.',

  database_unreachable: 'Die Datenbank antwortet nicht.',
  database_unusable: 'Die Datenbank ist nicht benutzbar.',
  database_moving:
    'Die Datenbank zieht gerade um und kann nicht geändert werden. Versuchen Sie es später wieder.',
} as const
