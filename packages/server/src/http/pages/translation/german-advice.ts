/** The German of what to do about a problem (`http/pipeline/problem-advice.ts`). */
export const advice = {
  'Sign in again.': 'Melden Sie sich wieder an.',
  'Exchange the refresh token for a new access token with POST /refresh, or sign in again.':
    'Tauschen Sie das Refresh-Token mit POST /refresh gegen ein neues Access-Token ein, oder melden Sie sich wieder an.',
  'Send one JSON object in UTF-8 with the members that the API reference lists for the route, and no others.':
    'Senden Sie ein JSON-Objekt in UTF-8, mit genau den Namen, die die API-Referenz für die Route aufführt.',
  'Send the access token as `Authorization: Bearer <token>`. POST /login returns one. The status is 403 at `GET /protected` of a development server, as in the tutorial, and 401 everywhere else.':
    'Senden Sie das Access-Token als `Authorization: Bearer <token>`. POST /login gibt eines aus. Der Status ist 403 bei `GET /protected` eines Entwicklungsservers, wie im Tutorial, sonst überall 401.',
  'Check that the whole token was sent, and that this server issued it. If it was, exchange the refresh token for a new access token with POST /refresh, or sign in again.':
    'Prüfen Sie, ob das ganze Token gesendet wurde und ob dieser Server es ausgestellt hat. Wenn ja, tauschen Sie das Refresh-Token mit POST /refresh gegen ein neues Access-Token ein, oder melden Sie sich wieder an.',
  'Send one Authorization header: the word Bearer, one space, the token.':
    'Senden Sie einen Header Authorization: das Wort Bearer, ein Leerzeichen, das Token.',
  'Call from a page of this server, or from an origin that the operator lists in `cors.origins`. Programs send the token in the Authorization header instead of a cookie.':
    'Rufen Sie von einer Seite dieses Servers auf, oder von einem Origin, den der Betreiber in `cors.origins` nennt. Programme senden das Token im Header Authorization statt in einem Cookie.',
  'Ask an administrator for the role. Tokens have it after the next refresh.':
    'Bitten Sie die Administration um die Rolle. Tokens haben sie ab der nächsten Erneuerung.',
  'Sign in again with the password: a refresh does not count.':
    'Melden Sie sich wieder mit dem Passwort an: Eine Erneuerung zählt nicht.',
  'Check the user name and the password. The response never says which of them is wrong.':
    'Prüfen Sie Benutzernamen und Passwort. Die Antwort sagt nie, was von beiden falsch ist.',
  'Wait for the seconds in the Retry-After header. Each wrong password makes the next wait longer.':
    'Warten Sie die Sekunden im Header Retry-After ab. Mit jedem falschen Passwort wird die nächste Wartezeit länger.',
  'Send `refresh_token` in the body, or the cookie that a sign-in with `cookies` set.':
    'Senden Sie `refresh_token` im Body, oder das Cookie, das eine Anmeldung mit `cookies` gesetzt hat.',
  'Sign in again. The token may have been stolen: check the list of sessions and who had access to the device. A client must keep the newest refresh token and no other.':
    'Melden Sie sich wieder an. Das Token kann gestohlen sein: Prüfen Sie die Liste der Sitzungen, und wer Zugang zum Gerät hatte. Ein Client darf nur das neueste Refresh-Token aufbewahren.',
  'Send the current password.': 'Senden Sie das aktuelle Passwort.',
  'Send the request from a page of this server, with the header Origin or Sec-Fetch-Site that a browser sends.':
    'Senden Sie die Anfrage von einer Seite dieses Servers, mit dem Header Origin oder Sec-Fetch-Site, den ein Browser sendet.',
  'Delete the cookies of this site, and sign in again.':
    'Löschen Sie die Cookies dieser Website, und melden Sie sich wieder an.',
  'Send the header `Content-Type: application/json`.':
    'Senden Sie den Header `Content-Type: application/json`.',
  'Send the members that the API reference lists for the route, and no others: `message` names the member and what is wrong with it.':
    'Senden Sie genau die Namen, die die API-Referenz für die Route aufführt: `message` nennt den falschen und was daran falsch ist.',
  'Check which query parameters the route takes, and send each at most once.':
    'Prüfen Sie, welche Parameter die Route in der URL nimmt, und senden Sie jeden höchstens einmal.',
  'Ask an administrator for an invitation, and send it as `invitation`.':
    'Bitten Sie die Administration um eine Einladung, und senden Sie sie als `invitation`.',
  'Try again when the running check is done.':
    'Versuchen Sie es wieder, wenn die laufende Prüfung fertig ist.',
  'Ask the operator of this server for an account.':
    'Bitten Sie den Betreiber dieses Servers um ein Konto.',
  'Ask another administrator to do it.': 'Bitten Sie einen anderen Administrator darum.',
  'Use the https address of this server.': 'Benutzen Sie die https-Adresse dieses Servers.',

  'Ask the operator of this server for access.':
    'Bitten Sie den Betreiber dieses Servers um Zugang.',
  'Check the URL and the ids in it.': 'Prüfen Sie die URL und die Ids darin.',
  'Use one of the methods in the Allow header of the response.':
    'Benutzen Sie eine der Methoden im Header Allow der Antwort.',
  'Read the current state, and change the request.':
    'Lesen Sie den jetzigen Stand, und ändern Sie die Anfrage.',
  'Wait for the seconds in the Retry-After header.':
    'Warten Sie die Sekunden im Header Retry-After ab.',
  'Try again after the seconds in the Retry-After header. If it keeps failing, report it to the operator.':
    'Versuchen Sie es nach den Sekunden im Header Retry-After wieder. Scheitert es weiter, melden Sie es dem Betreiber.',
  'Report the request id in `instance` to the operator; the log has the cause under that id.':
    'Nennen Sie dem Betreiber die Id der Anfrage aus `instance`; das Log hat unter ihr die Ursache.',
  'Change the request; the same request will fail again.':
    'Ändern Sie die Anfrage; dieselbe scheitert wieder.',
} as const
