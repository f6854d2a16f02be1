import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { authorizationCases, tokenCases, type TokenCase } from './oauth-requests.fixture.ts'
import {
  callbacks,
  challenge,
  openOurs,
  openTheirs,
  verifier,
  type ClientName,
  type OAuthServer,
} from './oauth-servers.fixture.ts'
import { differences, type Difference } from './oauth-differences.fixture.ts'

suite('our authorization server and oidc-provider', () => {
  let servers: readonly OAuthServer[] = []
  before(async () => void (servers = await Promise.all([openOurs(), openTheirs()])))
  after(() => Promise.all(servers.map((one) => one.close())))

  test('answer requests to both endpoints alike, but for what the table says', async () => {
    const found: { readonly name: string; readonly ours: string; readonly theirs: string }[] = []
    let compared = 0
    const compare = (name: string, [ours = '', theirs = '']: readonly string[]) => {
      compared++
      if (ours !== theirs) found.push({ name, ours, theirs })
    }
    for (const { name, parameters } of authorizationCases()) {
      const query = (server: OAuthServer) =>
        new URLSearchParams(parameters.map(([one, value]) => [one, fill(value, server)])).toString()
      const answers = servers.map(async (one) => classOf(await one.authorize(query(one))))
      compare(name, await Promise.all(answers))
    }
    for (const one of tokenCases())
      compare(one.name, await Promise.all(servers.map((server) => tokenClassOf(server, one))))
    assert.ok(compared >= 300, String(compared))
    const used = new Set<Difference>()
    const unexplained = found.filter(({ name, ours, theirs }) => {
      const row = differences.find(
        (one) => one.requests.test(name) && one.ours === ours && one.theirs === theirs,
      )
      if (row) used.add(row)
      return !row
    })
    assert.deepEqual(unexplained, [])
    const needless = differences.filter((one) => !used.has(one))
    assert.deepEqual(needless, [])
    assert.ok(differences.filter(({ clause }) => clause === undefined).length < 10)
  })
})

type Values = Readonly<Record<string, string>>

/** Replaces `{web}`, `{code}` and the like. */
function fill(text: string, { clients }: OAuthServer, values: Values = {}): string {
  const ids = Object.fromEntries(Object.entries(clients).map(([name, { id }]) => [name, id]))
  const all: Values = { ...ids, verifier, challenge, ...values }
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => all[name] ?? whole)
}

/** Returns the class of an answer of the authorization endpoint. */
function classOf({ status, location }: { readonly status: number; readonly location: string }) {
  if (!callbacks.some((one) => location.startsWith(`${one}?`) || location.startsWith(`${one}#`))) {
    assert.ok(!/evil|^javascript|^data/.test(location), location)
    return status < 400 ? 'asks the user' : 'error page'
  }
  const answer = new URLSearchParams(location.split(/[?#]/).slice(1).join('&'))
  return answer.has('code') ? 'code' : `redirect ${answer.get('error')}`
}

/** Makes the codes and tokens that a request needs, sends it, and returns the class of the answer. */
async function tokenClassOf(server: OAuthServer, request: TokenCase): Promise<string> {
  const { client, parameters, inUrl, method, headers = {}, used } = request
  const values = await valuesOf(server, client)
  const authorization = headers['authorization']?.replace(
    /^Basic (.{4,})$/,
    (_, encoded: string) => {
      const text = fill(Buffer.from(encoded, 'base64').toString(), server, values)
      return `Basic ${Buffer.from(text).toString('base64')}`
    },
  )
  const filled = parameters.map(([name, value]) => [name, fill(value, server, values)])
  const form = new URLSearchParams(filled).toString()
  const sent = {
    body: inUrl ? '' : form,
    ...(inUrl && { query: `?${form}` }),
    ...(method && { method }),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
      ...(authorization && { authorization }),
    },
  }
  if (used) await server.token(sent)
  const { status, body } = await server.token(sent)
  return status === 200 ? 'token' : String(body['error'] ?? status)
}

/** Makes a fresh code, and the tokens of another one. */
async function valuesOf(server: OAuthServer, client: ClientName): Promise<Values> {
  const { id, secret } = server.clients[client]
  const request = {
    response_type: 'code',
    client_id: id,
    redirect_uri: callbacks[0],
    scope: 'openid notes:read profile',
    state: 's',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }
  const codeOf = async () => {
    const { location } = await server.authorize(new URLSearchParams(request).toString())
    return new URL(location).searchParams.get('code') ?? ''
  }
  const exchange = {
    grant_type: 'authorization_code',
    client_id: id,
    ...(secret !== '' && { client_secret: secret }),
    code: await codeOf(),
    redirect_uri: callbacks[0],
    code_verifier: verifier,
  }
  const { body } = await server.token({ body: new URLSearchParams(exchange).toString() })
  const [refresh, access] = [String(body['refresh_token']), String(body['access_token'])]
  return { id, secret, code: await codeOf(), refresh, access }
}
