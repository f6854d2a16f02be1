/** The German of the pages of signing keys. */
export const keys = {
  'Key schedule': 'Zeitplan der Schlüssel',
  'Published, not signing yet': 'Veröffentlicht, signiert noch nicht',
  Signing: 'Signiert',
  'No longer signing, tokens still accepted': 'Signiert nicht mehr, Tokens gelten noch',
  Now: 'Jetzt',
  '{algorithm}: {key} begins to sign at {time}.': '{algorithm}: {key} signiert ab {time}.',
  '{algorithm}: no key signs any more; tokens that are still valid are accepted.':
    '{algorithm}: Kein Schlüssel signiert mehr; noch gültige Tokens werden angenommen.',
  '{algorithm}: {key} is signing, since {time}.': '{algorithm}: {key} signiert seit {time}.',
  'It is the last one, and stops signing at {time}.': 'Er ist der letzte und signiert bis {time}.',
  'The next key is created within the hour.': 'Der nächste Schlüssel entsteht binnen einer Stunde.',
  '{key} takes over automatically at {time}.': '{key} übernimmt automatisch am {time}.',
  'Tokens of {key} stay valid until they expire; the key is removed from the published keys at {time}.':
    'Tokens von {key} gelten, bis sie ablaufen; der Schlüssel wird am {time} aus den veröffentlichten entfernt.',
  revoked: 'widerrufen',
  standby: 'bereit',
  active: 'aktiv',
  retiring: 'auslaufend',
  retired: 'außer Dienst',
  Key: 'Schlüssel',
  Algorithm: 'Algorithmus',
  'Signs from': 'Signiert ab',
  Until: 'Bis',
  'All keys': 'Alle Schlüssel',
  'Signing keys': 'Signaturschlüssel',
  'Manual rotation': 'Wechsel von Hand',
  'Keys rotate automatically. You need this only if a key may have leaked.':
    'Schlüssel wechseln automatisch. Das hier brauchen Sie nur, wenn ein Schlüssel bekannt geworden sein kann.',
  'Rotate gracefully …': 'Schonend wechseln …',
  'No token is rejected: the next key signs as soon as every cache knows it.':
    'Kein Token wird abgelehnt: Der nächste Schlüssel signiert, sobald jeder Cache ihn kennt.',
  'Replace an active key now': 'Aktiven Schlüssel sofort ersetzen',
  'Every token that this key signed is rejected from then on, and clients refresh. Sessions continue.':
    'Jedes Token, das dieser Schlüssel signiert hat, wird von da an abgelehnt, und Clients erneuern ihres. Sitzungen bleiben.',
  'Replace it now': 'Jetzt ersetzen',
  'Active key': 'Aktiver Schlüssel',
  'Revoke a key that is not active': 'Nicht aktiven Schlüssel widerrufen',
  'Revoke it': 'Widerrufen',
  'Rotate to the next key?': 'Zum nächsten Schlüssel wechseln?',
  'The key {key} stops signing as soon as every cache knows the next one. No token is rejected. It cannot be taken back.':
    'Der Schlüssel {key} signiert nicht mehr, sobald jeder Cache den nächsten kennt. Kein Token wird abgelehnt. Es lässt sich nicht zurücknehmen.',
  Rotate: 'Wechseln',
} as const
