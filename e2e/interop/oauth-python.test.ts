import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  databases,
  openBrowser,
  openOAuthWorld,
  worldFor,
  type OpenDatabase,
} from '@countersign/testing/oauth'
import { repetitions } from '@countersign/testing/proofs'
import { askPython, pythonLacks } from '@countersign/testing/python'

const redirectUri = 'https://app.example/callback'
const scope = 'openid email offline_access'

/** The output of a program: one after it has asked for a URL, and one after it has the answer. */
type Answer = Readonly<Record<string, unknown>>

/** The last part of each program: userinfo, refresh, revocation, and what is refused then. */
const rest = `
info = session.get(given["issuer"] + "/oauth/userinfo").json()
first = dict(session.token)
second = refresh(first["refresh_token"])
revoke(second["refresh_token"])
refused = session.get(given["issuer"] + "/oauth/userinfo")
try:
    refresh(second["refresh_token"])
    error = None
except Exception as failed:
    error = getattr(failed, "error", str(failed))
print(json.dumps({"info": info, "rotated": first["refresh_token"] != second["refresh_token"],
  "status": refused.status_code, "error": error}))
`

const authlib = `
import json, os, sys
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
from authlib.integrations.requests_client import OAuth2Session
given = json.load(sys.stdin)
method = "client_secret_basic" if given["secret"] else "none"
session = OAuth2Session(given["id"], given["secret"] or None, scope=given["scope"],
  redirect_uri=given["redirect"], code_challenge_method="S256", token_endpoint_auth_method=method,
  revocation_endpoint_auth_method=method)
if "answer" not in given:
    url, state = session.create_authorization_url(given["issuer"] + "/oauth/authorize", code_verifier=given["verifier"], nonce="n")
    print(json.dumps({"url": url, "state": state}))
    sys.exit()
endpoint = given["issuer"] + "/oauth/token"
session.fetch_token(endpoint, authorization_response=given["answer"], state=given["state"], code_verifier=given["verifier"])
refresh = lambda token: dict(session.refresh_token(endpoint, refresh_token=token))
def revoke(token):
    assert session.revoke_token(given["issuer"] + "/oauth/revoke", token=token).status_code == 200
${rest}`

const oauthlib = `
import base64, hashlib, json, os, sys
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
import requests
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session
given = json.load(sys.stdin)
session = OAuth2Session(given["id"], scope=given["scope"].split(), redirect_uri=given["redirect"], state=given.get("state"))
if "answer" not in given:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(given["verifier"].encode()).digest()).rstrip(b"=").decode()
    url, state = session.authorization_url(given["issuer"] + "/oauth/authorize", code_challenge=challenge, code_challenge_method="S256")
    print(json.dumps({"url": url, "state": state}))
    sys.exit()
endpoint = given["issuer"] + "/oauth/token"
auth = HTTPBasicAuth(given["id"], given["secret"]) if given["secret"] else None
public = {"include_client_id": True} if auth is None else {}
session.fetch_token(endpoint, authorization_response=given["answer"], code_verifier=given["verifier"], auth=auth, **public)
def refresh(token):
    extra = {"client_id": given["id"]} if auth is None else {}
    return dict(session.refresh_token(endpoint, refresh_token=token, auth=auth, **extra))
def revoke(token):
    form = {"token": token, **({"client_id": given["id"]} if auth is None else {})}
    assert requests.post(given["issuer"] + "/oauth/revoke", data=form, auth=auth).status_code == 200
${rest}`

const programs = [
  { name: 'Authlib', program: authlib, skip: pythonLacks('python3-authlib', 'python3-requests') },
  {
    name: 'requests-oauthlib',
    program: oauthlib,
    skip: pythonLacks('python3-requests-oauthlib', 'python3-requests'),
  },
] as const

// Each program runs eight times for a database, so PostgreSQL is for `npm run proofs -- clients`.
const wanted = databases.slice(0, repetitions({ short: 1, long: databases.length }))

for (const [name, open, skip] of wanted)
  suite(
    `on ${name}, a Python program gets code, tokens, userinfo, the next tokens, and revokes them, with`,
    { skip },
    () => clients(open),
  )

function clients(open: OpenDatabase): void {
  const world = worldFor(open, openOAuthWorld)
  for (const { name, program, skip } of programs) {
    for (const isPublic of [true, false]) {
      test(`${name}, as a ${isPublic ? 'public' : 'confidential'} client`, { skip }, async () => {
        const { id, secret } = await world().add({
          name: `${name}-${isPublic}`.toLowerCase(),
          redirect_uris: [redirectUri],
          public: isPublic,
          scopes: scope.split(' '),
          resources: [world().issuer],
        })
        const { issuer } = world()
        const verifier = 'a-verifier-of-this-test-and-of-nothing-else-at-all'
        const given = { issuer, id, secret, scope, redirect: redirectUri, verifier }
        const asked = await askPython<Answer>(program, given)
        const { url } = await openBrowser(issuer).signInTo(String(asked['url']), redirectUri)
        const answered = { ...given, state: asked['state'], answer: url.href }
        const { info, ...others } = await askPython<Answer>(program, answered)
        assert.equal((info as Answer)['email'], 'ada@example.com')
        assert.deepEqual(others, { rotated: true, status: 401, error: 'invalid_grant' })
      })
    }
  }
}
