import type { SigningKey } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { createHmac, sign } from 'node:crypto'
import { part } from './tokens.ts'

/** One token of the corpus, named by its peculiarity. */
export interface Specimen {
  readonly name: string
  readonly token: string
}

/** Issuer and audience of the tokens in the corpus. */
export const parties = { iss: 'https://issuer.example', aud: 'api' } as const

/**
 * Makes invalid and unusual tokens, each properly signed with `key` unless its name says otherwise, and one valid token. It is used to
 * compare our verifier with other libraries.
 */
export function corpus(key: SigningKey, now: Seconds): readonly Specimen[] {
  const header = { alg: key.algorithm, typ: 'at+jwt', kid: key.id }
  const claims = { ...parties, sub: 'ada', iat: now, exp: now + 600, jti: 'one' }
  const signed = (text: string) =>
    `${text}.${
      key.algorithm === 'HS256'
        ? createHmac('sha256', key.privateKey).update(text).digest('base64url')
        : sign('sha256', Buffer.from(text), {
            key: key.privateKey,
            dsaEncoding: 'ieee-p1363',
          }).toString('base64url')
    }`
  const token = (head: unknown, body: unknown) => signed(`${part(head)}.${part(body)}`)
  const good = token(header, claims)
  const [head = '', body = '', signature = ''] = good.split('.')

  const say = (change: object) => token(header, { ...claims, ...change })
  const without = (name: string) =>
    token(header, Object.fromEntries(Object.entries(claims).filter(([one]) => one !== name)))
  const raw = (text: string) => token(header, text)
  const inHeader = (change: object) => token({ ...header, ...change }, claims)
  const text = JSON.stringify(claims)
  let dashed = good // with a signature that base64 and base64url encode differently
  for (let at = 0; !/\..*\..*[-_]/.test(dashed); at++) dashed = say({ jti: String(at) })

  const specimens: Readonly<Record<string, string>> = {
    good,
    // claims
    ...Object.fromEntries(
      ['iss', 'aud', 'sub', 'iat', 'exp', 'jti'].map((name) => [`no ${name}`, without(name)]),
    ),
    'iss with an extra slash': say({ iss: `${parties.iss}/` }),
    'iss as a list': say({ iss: [parties.iss] }),
    'aud as a list of several': say({ aud: ['x', 'api'] }),
    'aud as an empty list': say({ aud: [] }),
    'aud as a list with a number': say({ aud: ['api', 7] }),
    'aud as a list with an empty text': say({ aud: ['api', ''] }),
    'aud of another': say({ aud: 'apis' }),
    'aud as an object': say({ aud: { api: true } }),
    'sub as a number': say({ sub: 7 }),
    'sub empty': say({ sub: '' }),
    'sub null': say({ sub: null }),
    'jti as a number': say({ jti: 7 }),
    'jti empty': say({ jti: '' }),
    'exp just passed': say({ exp: now - 30, iat: now - 60 }),
    'exp as text': say({ exp: String(now + 600) }),
    'exp null': say({ exp: null }),
    'exp with a fraction': say({ exp: now + 600.5 }),
    'exp in ten years': say({ exp: now + 315_360_000 }),
    'exp huge': raw(text.replace(/"exp":\d+/, '"exp":1e300')),
    'exp infinite': raw(text.replace(/"exp":\d+/, '"exp":1e400')),
    'exp negative': say({ exp: -1 }),
    'iat as text': say({ iat: String(now) }),
    'iat in the future': say({ iat: now + 300 }),
    'iat negative': say({ iat: -1, exp: now + 600 }),
    'nbf in the future': say({ nbf: now + 300 }),
    'nbf as text': say({ nbf: '0' }),
    'nbf null': say({ nbf: null }),
    'a claim named __proto__': raw(text.replace('{', '{"__proto__":{"admin":true},')),
    // JSON
    'a claim twice': raw(text.replace('{', '{"sub":"eve",')),
    'a claim twice, once escaped': raw(text.replace('{', '{"s\\u0075b":"eve",')),
    'a claim twice, deep inside': raw(text.replace('{', '{"deep":{"a":1,"a":2},')),
    'claims as a list': raw('[]'),
    'claims as text': raw('"x"'),
    'claims null': raw('null'),
    'claims with a byte order mark': raw(`\ufeff${text}`),
    'claims with blanks around': raw(` \n${text} `),
    'claims that are no UTF-8': signed(
      `${head}.${Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xff]), Buffer.from('"}')]).toString('base64url')}`,
    ),
    'claims nested 100 deep': raw(text.replace('{', `{"a":${'['.repeat(100)}${']'.repeat(100)},`)),
    'claims with 1,000 members': say(
      Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`k${at}`, at])),
    ),
    '9,000 characters': say({ filler: 'x'.repeat(6500) }),
    // header
    'typ JWT': inHeader({ typ: 'JWT' }),
    'no typ': inHeader({ typ: undefined }),
    'typ in capitals': inHeader({ typ: 'AT+JWT' }),
    'typ with application/': inHeader({ typ: 'application/at+jwt' }),
    'typ of a logout token': inHeader({ typ: 'logout+jwt' }),
    'alg none': `${part({ ...header, alg: 'none' })}.${body}.`,
    'alg none, still signed': inHeader({ alg: 'none' }),
    'alg of another family': inHeader({ alg: 'RS256' }),
    'alg in small letters': inHeader({ alg: key.algorithm.toLowerCase() }),
    'a header member twice': token(JSON.stringify(header).replace('{', '{"alg":"none",'), claims),
    'crit unknown': inHeader({ crit: ['x'], x: 1 }),
    'crit empty': inHeader({ crit: [] }),
    'crit of a registered name': inHeader({ crit: ['alg'] }),
    'crit with b64': inHeader({ crit: ['b64'], b64: true }),
    'kid as a number': inHeader({ kid: 7 }),
    'kid unknown': inHeader({ kid: 'unknown' }),
    'jwk and jku in the header': inHeader({
      jku: 'https://evil.example',
      jwk: { kty: 'oct', k: 'AA' },
    }),
    // form
    'padding after the signature': `${good}${'='.repeat(4 - (signature.length % 4))}`,
    'a blank inside the signature': `${head}.${body}.${signature.slice(0, 9)} ${signature.slice(9)}`,
    'a line break at the end': `${good}\n`,
    'plain base64 in the signature': dashed.replaceAll('-', '+').replaceAll('_', '/'),
    'spare bits in the signature': `${good.slice(0, -1)}${nextLetter(good.at(-1) ?? 'A')}`,
    'padding in the claims, signed': signed(`${head}.${body}=`),
    'four parts': `${good}.`,
    'two parts': `${head}.${body}`,
    'another signature': `${head}.${body}.${Buffer.alloc(Buffer.from(signature, 'base64url').length, 7).toString('base64url')}`,
    'a signature cut off': good.slice(0, -3),
    'no signature': `${head}.${body}.`,
  }
  return Object.entries(specimens).map(([name, one]) => ({ name, token: one }))
}

/** A letter that differs in its last bit only, which the end of a signature does not use. */
function nextLetter(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(letter) ^ 1] ?? 'A'
}
