import { exportPublicPem, generateKey, importSecret, type SigningKey } from '@countersign/token'
import { throwawayKey } from '@countersign/token/testing'
import { createHmac, sign } from 'node:crypto'
import { forge, part } from '@countersign/testing/tokens'

/** A mistake, and the words by which its true cause is recognized. */
export interface Mistake {
  readonly name: string
  /** The request; a token alone means the usual header. */
  readonly sent: string | Readonly<Record<string, string>>
  readonly cause: RegExp
}

/** The time of the corpus, its issuer and its audience. */
export const now = 1_800_000_000
export const issuer = 'https://auth.example.com'
export const audience = 'https://api.example.com'
export const key = throwawayKey()
export const textSecret = 'N0pQ7vXy2LrT9cWb4sZd8fGa1jEm6uHkQwErTyUi'
export const sharedKey = importSecret(textSecret, 'HS256', { id: 'shared' })

/** Good claims, and a header. */
export const claims = {
  iss: issuer,
  sub: 'ada',
  aud: audience,
  iat: now,
  exp: now + 900,
  jti: 'one',
}
export const header = { alg: 'ES256', typ: 'at+jwt', kid: key.id }
/** A token with some claims changed, and one without a claim. */
export const say = (change: object) => forge(key, header, { ...claims, ...change })
const head = (change: object, from: SigningKey = key) =>
  forge(from, { ...header, ...change }, claims)
/** A good token. */
export const good = say({})
const [first = '', second = '', third = ''] = good.split('.')
export const without = (name: string) =>
  forge(key, header, Object.fromEntries(Object.entries(claims).filter(([one]) => one !== name)))
/** Creates the row of one mistake. */
export const row = (name: string, sent: Mistake['sent'], cause: RegExp): Mistake => ({
  name,
  sent,
  cause,
})
const bearer = (text: string) => ({ authorization: `Bearer ${text}` })

/** Mistakes of clients. */
export const clients: readonly Mistake[] = [
  row('forgot to log in', {}, /sent nothing/),
  row('a variable that was never set', bearer('undefined'), /held no token/),
  row('null made text', bearer('null'), /held no token/),
  row('an object made text', bearer('[object Object]'), /held no token/),
  row('a failed number made text', bearer('NaN'), /held no token/),
  row('an empty variable', { authorization: 'Bearer' }, /held no token/),
  row('the word Bearer twice', bearer(`Bearer ${good}`), /word Bearer was sent twice/),
  row('the word in small letters twice', bearer(`bearer ${good}`), /word Bearer was sent twice/),
  row('double quotes', bearer(`"${good}"`), /quotation marks/),
  row('single quotes', bearer(`'${good}'`), /quotation marks/),
  row('the angle brackets of the manual', bearer(`<${good}>`), /brackets/),
  row('the curly brackets of the manual', bearer(`{${good}}`), /brackets/),
  row('square brackets', bearer(`[${good}]`), /brackets/),
  row('no scheme', { authorization: good }, /without the word Bearer/),
  row('the scheme of another framework', { authorization: `Token ${good}` }, /another scheme/),
  row('the scheme JWT', { authorization: `JWT ${good}` }, /another scheme/),
  row('a colon after the scheme', { authorization: `Bearer: ${good}` }, /another scheme/),
  row('user and password', { authorization: 'Basic YWRhOnB3' }, /user name and a password/),
  row(
    'two headers',
    { authorization: `Bearer ${good}, Bearer ${good}` },
    /two Authorization headers/,
  ),
  row(
    'a proxy added its own',
    { authorization: `Basic YWRhOnB3, Bearer ${good}` },
    /two Authorization headers/,
  ),
  row('something behind the token', bearer(`${good} please`), /blank or a line break/),
  row(
    'a token wrapped by a terminal',
    bearer(`${first}.${second} .${third}`),
    /blank or a line break/,
  ),
  row('a cookie, and the guard reads none', { cookie: `token=${good}` }, /reads none/),
  row('a header of an old tutorial', { 'x-access-token': good }, /header x-access-token/),
  row('a header of a framework', { 'x-auth-token': good }, /header x-auth-token/),
  row('the query', { url: `/notes?access_token=${good}` }, /query/),
  row('the query under another name', { url: `/notes?jwt=${good}` }, /query/),
  row('the body of the login', `{"token":"${good}"}`, /JSON was sent/),
  row('percent-encoded', good.replaceAll('.', '%2E'), /percent-encoded/),
  row('percent-encoded whole', encodeURIComponent(`${good}=`), /percent-encoded/),
  row('our refresh token', 'csrt_3nYkq0b7Xj2LrT9cWb4sZd8fGa1jEm6uHkQwErTyUi', /refresh token/),
  row('an opaque token of another system', 'ya29.a0AfH6SMBx', /opaque|cut off|never signed/),
  row('a session id', 'd41d8cd98f00b204e9800998ecf8427e', /opaque secret/),
  row('a UUID', '7f3e2c1a-5b4d-4e6f-8a9b-0c1d2e3f4a5b', /opaque secret/),
  row('an API key', 'sk_live_51H8xYzAbCdEf', /opaque secret/),
  row('cut off before the signature', `${first}.${second}`, /cut off/),
  row('cut off in the signature', good.slice(0, -20), /cut off/),
  row('cut off in the claims', good.slice(0, first.length + 40), /cut off/),
  row('the first letter lost', good.slice(1), /changed or cut off/),
  row('a dot too many', `${good}.`, /changed or cut off/),
  row(
    'letters of another alphabet',
    `${first}.${second}.\u0430${third.slice(1)}`,
    /changed or cut off/,
  ),
]

const pem = exportPublicPem(key)
const confused = `${part({ ...header, alg: 'HS256' })}.${second}`
const padded = `${first}=`
const dressed = (secret: string | Buffer) => {
  const text = `${part({ alg: 'HS256', typ: 'at+jwt', kid: 'shared' })}.${part(claims)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}
const der = sign('sha256', Buffer.from(`${first}.${second}`), key.privateKey).toString('base64url')

/** Mistakes of issuers, up to the signature. */
export const issuers: readonly Mistake[] = [
  row('padding in the header', `${padded}.${second}.${third}`, /padding/),
  row('padding in the signature', `${good}==`, /padding/),
  row('plain base64', `${first}.${second}.${third.slice(0, -2)}+/`, /plain base64/),
  row('an encrypted token', `${good}.x.y`, /encrypts/),
  row(
    'groups of a large company',
    say({ groups: Array.from({ length: 900 }, (_, at) => `group-${at}`) }),
    /claims that grow/,
  ),
  row('unsigned', `${part({ ...header, alg: 'none' })}.${second}.`, /unsigned/),
  row(
    'unsigned, in another spelling',
    `${part({ ...header, alg: 'NONE' })}.${second}.`,
    /unsigned/,
  ),
  row(
    'the public key as a secret',
    `${confused}.${createHmac('sha256', pem).update(confused).digest('base64url')}`,
    /public key as a secret/,
  ),
  row('another algorithm', head({ alg: 'RS256' }), /another algorithm/),
  row('a stronger algorithm', head({ alg: 'ES384' }), /another algorithm/),
  row(
    'an issuer moved to EdDSA',
    head({ alg: 'EdDSA', kid: 'new' }, throwawayKey('EdDSA')),
    /another algorithm/,
  ),
  row('an untyped token', head({ typ: 'JWT' }), /does not set typ/),
  row('no type', head({ typ: undefined }), /does not set typ/),
  row('a refresh token that is a JWT', head({ typ: 'refresh+jwt' }), /another kind \(refresh/),
  row('a logout token', head({ typ: 'logout+jwt' }), /another kind/),
  row('a proof of possession', head({ typ: 'dpop+jwt' }), /another kind/),
  row('a security event', head({ typ: 'secevent+jwt' }), /another kind/),
  row(
    'a refresh token of Keycloak',
    forge(key, { ...header, typ: 'JWT' }, { ...claims, typ: 'Refresh' }),
    /refresh token/,
  ),
  row(
    'a refresh token of Flask',
    forge(key, { ...header, typ: 'JWT' }, { ...claims, type: 'refresh' }),
    /refresh token/,
  ),
  row(
    'an ID token',
    forge(key, { ...header, typ: 'JWT' }, { ...claims, nonce: 'n', aud: 'client' }),
    /ID token/,
  ),
  row(
    'an ID token without nonce',
    forge(key, { ...header, typ: 'JWT' }, { ...claims, at_hash: 'h' }),
    /ID token/,
  ),
  row(
    'an ID token, typed wrongly',
    forge(key, header, { ...claims, nonce: 'n', jti: undefined }),
    /ID token/,
  ),
  row('an extension', head({ crit: ['exp'] }), /extension/),
  row('an unencoded payload', head({ crit: ['b64'], b64: false }), /extension/),
  row('a rotated key', head({ kid: 'next' }, generateKey('ES256')), /rotated its keys/),
  row(
    'no key id',
    head({ kid: undefined }, generateKey('ES256')),
    /changed, or two environments|no kid/,
  ),
  row('one key id for two keys', head({}, generateKey('ES256')), /two environments/),
  row(
    'another issuer altogether',
    forge(
      generateKey('ES256'),
      { ...header, kid: 'x' },
      { ...claims, iss: 'https://other.example' },
    ),
    /another issuer/,
  ),
  row(
    'the claims were edited',
    `${first}.${part({ ...claims, sub: 'eve' })}.${third}`,
    /was changed/,
  ),
  row('a signature as DER', `${first}.${second}.${der}`, /DER/),
]

/** Shared secrets, for a guard of {@link sharedKey}. */
export const secrets: readonly Mistake[] = [
  row(
    'base64 in one place, text in the other',
    dressed(Buffer.from(textSecret).toString('base64')),
    /in two ways/,
  ),
  row(
    'base64url in one place',
    dressed(Buffer.from(textSecret).toString('base64url')),
    /in two ways/,
  ),
  row('hex in one place', dressed(Buffer.from(textSecret).toString('hex')), /in two ways/),
  row('the text decoded as base64', dressed(Buffer.from(textSecret, 'base64')), /in two ways/),
  row('a line break at the end of the file', dressed(`${textSecret}\n`), /line break/),
  row('the line break of another system', dressed(`${textSecret}\r\n`), /line break/),
  row('quotation marks from an env file', dressed(`"${textSecret}"`), /quotation marks/),
  row(
    'the secret of another environment',
    dressed('another-secret-of-more-than-32-bytes'),
    /different secrets/,
  ),
]
