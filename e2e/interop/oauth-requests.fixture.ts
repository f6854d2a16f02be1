import { callbacks, challenge, notes, type ClientName } from './oauth-servers.fixture.ts'

// The generator of the requests that two authorization servers are compared by: each is a good one with one or two changes.

/** The parameters of a request: a list, because a parameter may be repeated. Values in `{}` are filled in for each server. */
export type Parameters = readonly (readonly [name: string, value: string])[]

/** A request with its name in the table of differences. */
export interface Case {
  readonly name: string
  readonly parameters: Parameters
}

const goodRequest: Parameters = [
  ['response_type', 'code'],
  ['client_id', '{web}'],
  ['redirect_uri', callbacks[0]],
  ['scope', 'openid notes:read'],
  ['state', 'state-1'],
  ['code_challenge', challenge],
  ['code_challenge_method', 'S256'],
]

/** Returns parameters with one replaced, or added. */
export function withValue(parameters: Parameters, name: string, value: string): Parameters {
  const found = parameters.some(([one]) => one === name)
  if (!found) return [...parameters, [name, value]]
  return parameters.map(([one, old]) => [one, one === name ? value : old] as const)
}

const without = (parameters: Parameters, name: string): Parameters =>
  parameters.filter(([one]) => one !== name)

const redirectUris = `${callbacks[0]}/|${callbacks[0]}?x=1|${callbacks[0]}#x|${callbacks[1]}|https://app.example.evil/callback|https://evil.example/callback|//app.example/callback|/callback|https://app.example\\@evil.example/callback|https://ada@app.example/callback|https://APP.example/callback|https://app.example:443/callback|http://app.example/callback|https://app.example/callback/../callback|https://app.example/%63allback|https://app.example/callback%00|https://app.example/callback;x|https://app.example/Callback|https://*.example/callback|javascript:alert(1)|data:text/html,x|about:blank|http://127.0.0.1/callback|https://xn--app.example/callback|urn:ietf:wg:oauth:2.0:oob`

/** The values of each parameter of the authorization endpoint, odd and hostile. */
const values: Readonly<Record<string, readonly string[]>> = {
  response_type: [
    'token',
    'id_token',
    'code id_token',
    'code token',
    'none',
    'CODE',
    'code code',
    ' code',
    'x',
  ],
  client_id: ['{two}', '{site}', 'unknown', '{web}x', ' {web}', 'x'.repeat(900), "' or 1=1 --"],
  redirect_uri: redirectUris.split('|'),
  scope: [
    'openid',
    'notes:read',
    'openid notes:read profile email',
    'unknown',
    'openid unknown',
    'openid admin:users',
    'OPENID',
    'openid  notes:read',
    'openid openid',
    'openid offline_access',
    'notes:write',
    'openid,notes:read',
    '*',
  ],
  state: ['a b&c=d', '"><script>', 'x'.repeat(900), '%00', '€'],
  code_challenge: [
    challenge.slice(1),
    `${challenge}A`,
    `${challenge}=`,
    `+${challenge.slice(1)}`,
    'x'.repeat(128),
    'x'.repeat(129),
  ],
  code_challenge_method: ['plain', 's256', 'S512', 'none', 'S256 '],
  response_mode: ['query', 'fragment', 'form_post', 'web_message', 'jwt', 'x'],
  nonce: ['n', 'x'.repeat(900), '"><script>'],
  prompt: ['none', 'login', 'consent', 'none login', 'none consent', 'login consent', 'x', 'NONE'],
  max_age: ['10000', '-1', 'x', '1.5', '99999999999', '1e3'],
  resource: [
    notes,
    `${notes}/`,
    'https://other.example',
    `${notes}#x`,
    'notes',
    'https://NOTES.example',
    '/',
  ],
  request: ['x.y.z'],
  registration: ['{}'],
  unknown: ['x'],
  display: ['page'],
  ui_locales: ['de en'],
  login_hint: ['ada'],
  acr_values: ['x'],
}

const changes: readonly (readonly [name: string, change: (from: Parameters) => Parameters])[] = [
  ['state missing', (from) => without(from, 'state')],
  ['client site', (from) => withValue(from, 'client_id', '{site}')],
  ['client unknown', (from) => withValue(from, 'client_id', 'unknown')],
  ['redirect foreign', (from) => withValue(from, 'redirect_uri', 'https://evil.example/callback')],
  ['redirect missing', (from) => without(from, 'redirect_uri')],
  ['scope missing', (from) => without(from, 'scope')],
]

const errors = [
  'response_type=token',
  'code_challenge_method=plain',
  'resource=https://other.example',
  'scope=unknown',
  'prompt=none login',
  'request=x.y.z',
  'response_mode=x',
  'code_challenge=x',
]

/** Makes the requests to the authorization endpoint. */
export function authorizationCases(): readonly Case[] {
  const cases: Case[] = [{ name: 'good', parameters: goodRequest }]
  for (const [name, list] of Object.entries(values)) {
    for (const value of list)
      cases.push({
        name: `${name}=${value.slice(0, 60)}`,
        parameters: withValue(goodRequest, name, value),
      })
  }
  for (const [name, value] of [...goodRequest, ['nonce', 'n'], ['resource', notes]] as Parameters) {
    const once = withValue(goodRequest, name, value)
    cases.push({ name: `${name} missing`, parameters: without(goodRequest, name) })
    cases.push({ name: `${name} empty`, parameters: withValue(goodRequest, name, '') })
    cases.push({ name: `${name} repeated`, parameters: [...once, [name, value]] })
  }
  for (const [label, change] of changes) {
    for (const error of errors) {
      const [name = '', value = ''] = error.split('=')
      const parameters = change(withValue(goodRequest, name, value))
      cases.push({ name: `${error}, ${label}`, parameters })
    }
  }
  return cases
}

/** A request to the token endpoint. */
export interface TokenCase extends Case {
  /** The client that a code is made for. */
  readonly client: ClientName
  /** True to send it twice, and to compare the second answer. */
  readonly used?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** True to send the parameters in the URL. */
  readonly inUrl?: boolean
  readonly method?: string
}

const codeRequest = (client: ClientName): Parameters => [
  ['grant_type', 'authorization_code'],
  ['client_id', `{${client}}`],
  ...(client === 'site' ? [['client_secret', '{secret}'] as const] : []),
  ['code', '{code}'],
  ['code_verifier', '{verifier}'],
  ['redirect_uri', callbacks[0]],
]

const refreshRequest = (client: ClientName): Parameters => [
  ['grant_type', 'refresh_token'],
  ['client_id', `{${client}}`],
  ...(client === 'site' ? [['client_secret', '{secret}'] as const] : []),
  ['refresh_token', '{refresh}'],
]

const tokenValues: Readonly<Record<string, readonly string[]>> = {
  grant_type: [
    'password',
    'implicit',
    'x',
    'AUTHORIZATION_CODE',
    'client_credentials',
    'authorization_code refresh_token',
  ],
  client_id: ['unknown', '{two}', '{site}', 'x'.repeat(900)],
  client_secret: ['wrong', '{secret}'],
  code: ['unknown', '{code}x', ' {code}', '{refresh}', '{access}', 'x'.repeat(900)],
  code_verifier: [
    '{verifier}x',
    '{challenge}',
    'short',
    'x'.repeat(129),
    `${'x'.repeat(42)} `,
    `${'x'.repeat(42)}"`,
  ],
  redirect_uri: [callbacks[1], `${callbacks[0]}/`, 'https://evil.example/callback', 'x'],
  resource: [notes, 'https://other.example', `${notes}/`, 'x', `${notes}#x`],
  scope: ['openid', 'openid notes:read', 'openid profile email', 'unknown', 'notes:write'],
  state: ['x'],
  refresh_token: ['unknown', '{refresh}x', '{code}', '{access}', ' {refresh}', 'x'.repeat(900)],
  unknown: ['x'],
}

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })

/** Makes the requests to the token endpoint. */
export function tokenCases(): readonly TokenCase[] {
  const cases: TokenCase[] = []
  for (const [kind, request] of [
    ['code', codeRequest],
    ['refresh', refreshRequest],
  ] as const) {
    for (const client of ['web', 'site'] as const) {
      const good = request(client)
      const add = (name: string, parameters: Parameters, more: Partial<TokenCase> = {}) =>
        cases.push({ name: `${kind} of ${client}: ${name}`, client, parameters, ...more })
      add('good', good)
      add('used', good, { used: true })
      for (const [name, list] of Object.entries(tokenValues)) {
        if ((kind === 'code') === (name === 'refresh_token')) continue
        if (kind === 'refresh' && ['code', 'code_verifier', 'redirect_uri'].includes(name)) continue
        if (kind === 'code' && name === 'scope') continue
        for (const value of list) add(`${name}=${value.slice(0, 40)}`, withValue(good, name, value))
      }
      for (const [name, value] of good) {
        add(`${name} missing`, without(good, name))
        add(`${name} empty`, withValue(good, name, ''))
        add(`${name} repeated`, [...good, [name, value]])
      }
      add('in the URL', good, { inUrl: true })
      add('GET', good, { inUrl: true, method: 'GET' })
      add('no type', good, { headers: { 'content-type': 'text/plain' } })
      add('JSON type', good, { headers: { 'content-type': 'application/json' } })
      add('two methods', good, { headers: basic('{id}:{secret}') })
      add('Basic broken', without(good, 'client_secret'), { headers: { authorization: 'Basic !' } })
      add('Basic unknown', without(without(good, 'client_secret'), 'client_id'), {
        headers: basic('unknown:x'),
      })
      add('Bearer', without(good, 'client_secret'), { headers: { authorization: 'Bearer x' } })
    }
  }
  return cases
}
