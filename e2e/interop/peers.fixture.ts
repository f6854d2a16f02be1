import type { Algorithm } from '@countersign/token'
import {
  createLocalJWKSet,
  importJWK,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
  type JWK,
} from 'jose'
import { askPython, pythonLacks } from '@countersign/testing/python'

/** The issuer and the audience in every test of peers. */
export const parties = { iss: 'https://issuer.example', aud: 'https://api.example' } as const

/** A token for a peer to sign. */
export interface ToSign {
  readonly algorithm: Algorithm
  readonly jwk: object
  readonly claims: Readonly<Record<string, unknown>>
}

/** A token for a peer to verify. */
export interface ToVerify {
  readonly algorithm: Algorithm
  readonly jwks: { readonly keys: readonly object[] }
  readonly token: string
}

/** An independent JWT library. */
export interface Peer {
  readonly name: string
  readonly algorithms: readonly Algorithm[]
  /** The `typ` of the tokens that it signs. */
  readonly type: string
  /** The reason why it is not available, or `false`. */
  readonly skip: string | false
  sign(asked: readonly ToSign[]): Promise<readonly string[]>
  /** Returns the claims of each token, or the name of its error. */
  verify(asked: readonly ToVerify[]): Promise<readonly (object | string)[]>
}

const classic = ['HS256', 'RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

const jose: Peer = {
  name: 'jose',
  algorithms: [...classic, 'ML-DSA-44'],
  type: 'at+jwt',
  skip: false,
  sign: (asked) =>
    Promise.all(
      asked.map(async ({ algorithm, jwk, claims }) => {
        const { kid = '' } = jwk as JWK
        const header = { alg: algorithm, typ: 'at+jwt', kid }
        const key = await importJWK(jwk as JWK, algorithm)
        return new SignJWT(claims).setProtectedHeader(header).sign(key)
      }),
    ),
  verify: (asked) =>
    Promise.all(
      asked.map(async ({ algorithm, jwks, token }) => {
        const rules = { issuer: parties.iss, audience: parties.aud, typ: 'at+jwt' }
        const options = { ...rules, algorithms: [algorithm] }
        const verified =
          algorithm === 'HS256'
            ? jwtVerify(token, await importJWK(jwks.keys[0] as JWK, algorithm), options)
            : jwtVerify(token, createLocalJWKSet(jwks as JSONWebKeySet), options)
        return verified.then(
          ({ payload }) => payload,
          (error: Error) => error.name,
        )
      }),
    ),
}

const pyJwtSigns = `
import json, sys, jwt
print(json.dumps([
    jwt.encode(one["claims"], jwt.PyJWK(one["jwk"], one["algorithm"]).key, algorithm=one["algorithm"],
               headers={"typ": "at+jwt", "kid": one["jwk"]["kid"]})
    for one in json.load(sys.stdin)]))
`

const pyJwtVerifies = `
import json, sys, jwt
def claims(one):
    kid = jwt.get_unverified_header(one["token"])["kid"]
    [jwk] = [jwk for jwk in one["jwks"]["keys"] if jwk["kid"] == kid]
    try:
        return jwt.decode(one["token"], jwt.PyJWK(jwk, one["algorithm"]).key, algorithms=[one["algorithm"]],
                          audience="${parties.aud}", issuer="${parties.iss}",
                          options={"require": ["iss", "sub", "aud", "exp", "iat", "jti"]})
    except jwt.PyJWTError as error:
        return type(error).__name__
print(json.dumps([claims(one) for one in json.load(sys.stdin)]))
`

const pyJwt: Peer = {
  name: 'PyJWT',
  algorithms: classic,
  type: 'at+jwt',
  skip: pythonLacks('python3-jwt', 'python3-cryptography'),
  sign: (asked) => askPython(pyJwtSigns, asked),
  verify: (asked) => askPython(pyJwtVerifies, asked),
}

const authlibSigns = `
import json, sys
from authlib.jose import JsonWebKey, JsonWebToken
print(json.dumps([
    JsonWebToken([one["algorithm"]]).encode({"alg": one["algorithm"], "kid": one["jwk"]["kid"]}, one["claims"],
                                            JsonWebKey.import_key(one["jwk"])).decode()
    for one in json.load(sys.stdin)]))
`

const authlibVerifies = `
import json, sys
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import JoseError
wanted = {name: {"essential": True} for name in ["sub", "exp", "iat", "jti"]}
wanted["iss"] = {"essential": True, "value": "${parties.iss}"}
wanted["aud"] = {"essential": True, "value": "${parties.aud}"}
def claims(one):
    try:
        claims = JsonWebToken([one["algorithm"]]).decode(one["token"], JsonWebKey.import_key_set(one["jwks"]),
                                                       claims_options=wanted)
        claims.validate()
        return dict(claims)
    except JoseError as error:
        return type(error).__name__
print(json.dumps([claims(one) for one in json.load(sys.stdin)]))
`

const authlib: Peer = {
  name: 'Authlib',
  algorithms: classic,
  type: 'JWT', // whatever its caller passes
  skip: pythonLacks('python3-authlib', 'python3-cryptography'),
  sign: (asked) => askPython(authlibSigns, asked),
  verify: (asked) => askPython(authlibVerifies, asked),
}

/** Every peer of these tests. */
export const peers: readonly Peer[] = [jose, pyJwt, authlib]
