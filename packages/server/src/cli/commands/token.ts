import { createSigner, importPrivateKey, inspect, type PrivateJwk } from '@countersign/token'
import { parseJsonObject, toIsoText, type JsonObject } from '@countersign/token/internal'
import { duration } from '../../config/shapes.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { makeApiTokenOf } from '../../domain/machines/api-token.ts'
import { findUser } from '../../domain/users/find-user.ts'
import { withRuntime } from '../with-runtime.ts'
import { settings } from '../../config/settings.ts'
import { fail } from '../../failures.ts'
import { groupOf, json, plainCommand, settingsCommand } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { checkToken } from '../check-token.ts'
import { printToken, printTokenReport } from '../print-token.ts'
import { readTextFile, readToken } from '../read-input.ts'
import { listOf, print, printJson, printRemark, printWarning, tone } from '../terminal.ts'
import { algorithmOf, tokenIssuerOf, withVerifier } from '../with-verifier.ts'

const inspectToken = plainCommand({
  usage: 'inspect [token]',
  summary: 'Show the contents of a token without verifying it; never decide anything by them',
  options: [json],
  examples: ['countersign token inspect < token', 'echo "$TOKEN" | countersign token inspect'],
  async run({ token: argument, json: asJson }) {
    const { header, claims } = inspect(await readToken(argument))
    if (asJson) return printJson({ verified: false, header, claims })
    printToken(header, claims)
    print(tone.warning('Not verified: any of this can be forged.'))
  },
})

const verify = settingsCommand({
  usage: 'verify [token]',
  summary:
    'Verify a token with the keys of this server, of another issuer, or of a file; exit code 3 if it is refused',
  options: [
    ['--issuer <URL>', 'The issuer of the token; without --keys its keys are fetched from there.'],
    ['--keys <FILE>', 'The keys: a JWKS, or one public key in PEM. Needs --issuer.'],
    [
      '--audience <NAME>',
      'The audience of the token, such as the URL of a resource. Default: the issuer.',
    ],
    ['--algorithm <NAME>', 'The algorithm of a PEM key. Default: ES256.'],
    json,
  ],
  mode: 'production',
  examples: [
    'countersign token verify < token',
    'countersign token verify --issuer https://auth.example.com < token',
    'countersign token verify --issuer https://auth.example.com --keys jwks.json --audience notes < token',
  ],
  async run(config, { token: argument, json: asJson, ...options }) {
    const tokenIssuer = tokenIssuerOf(options)
    const token = await readToken(argument)
    await withVerifier(config, tokenIssuer, async (...means) => {
      const report = await checkToken(token, ...means)
      const { accepted } = report
      if (!accepted) process.exitCode = exitCodes.bad.code
      const { header, claims } = accepted ? inspect(token) : {}
      if (asJson) return printJson({ ...report, header, claims })
      await printTokenReport(report)
      if (header && claims) printToken(header, claims)
    })
  },
})

const sign = plainCommand({
  usage: 'sign <subject>',
  summary: 'Sign a token with a key of your own, for development and tests, without a server',
  options: [
    ['--key <FILE>', 'A private key: a JWK, or PEM (PKCS #8). Required.'],
    ['--algorithm <NAME>', 'The algorithm of the key. Default: ES256.'],
    ['--issuer <URL>', 'The issuer: iss. Required.'],
    ['--audience <NAME>', 'The audience: aud. Default: the issuer.'],
    ['--lifetime <DURATION>', 'The lifetime, from 10s to 24h. Default: 15m.', lifetimeOf],
    ['--claims <JSON>', 'Further claims, as a JSON object.', claimsIn],
  ],
  examples: [
    'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out dev.pem',
    'openssl pkey -in dev.pem -pubout -out dev.pub',
    `countersign token sign ada --key dev.pem --issuer https://dev.example --claims '{"roles":["admin"]}' > token`,
    'countersign token verify --keys dev.pub --issuer https://dev.example < token',
  ],
  run({ subject, key, algorithm, issuer, audience, lifetime = 900, claims = {} }) {
    if (key === undefined || issuer === undefined)
      throw fail('argument_invalid', { detail: '--key and --issuer are required' })
    const signer = createSigner({
      key: importPrivateKey(keyIn(readTextFile(key)), algorithmOf(algorithm)),
      issuer,
      lifetime,
    })
    print(
      signer.sign({ client_id: 'development', ...claims, sub: subject, aud: audience ?? issuer }),
    )
    if (process.stdout.isTTY)
      printWarning('For development only: everyone with the key file can sign tokens.')
  },
})

const create = settingsCommand({
  usage: 'create <user>',
  summary:
    'Print a new API token of a user, which a program exchanges for access tokens until it expires or is revoked',
  options: [
    ['--name <TEXT>', 'Its name in the lists of the user. Required.'],
    [
      '--scopes <LIST>',
      'Its scopes, separated by commas; roles for the roles of the user. Required.',
      listOf,
    ],
    ['--resource <URL>', 'The audience of its access tokens. Default: this server.'],
    ['--expires <DURATION>', 'The lifetime, 366d at most. Default: 90d.', expiryOf],
    json,
  ],
  mode: 'production',
  examples: [
    'countersign token create ada --name backup --scopes notes:read --resource https://notes.example.com',
  ],
  run: (config, { user: name, name: label, scopes, resource, expires, json: asJson }) =>
    withRuntime(config, async (runtime) => {
      if (label === undefined || scopes === undefined)
        throw fail('argument_invalid', { detail: '--name and --scopes are required' })
      const { id: userId } = await findUser(runtime, name)
      const said = { name: label, scopes, resource, lifetime: expires }
      const { session, secret } = await makeApiTokenOf(runtime, userId, said, commandLine)
      const { id, expiresAt } = session
      if (asJson) return printJson({ id, token: secret.reveal(), expires_at: expiresAt })
      print(secret.reveal())
      printRemark(`Valid until ${toIsoText(expiresAt)}. It is not shown again.`)
    }),
})

/** The group `token`. */
export const token = groupOf(
  'token',
  'Inspect, verify and sign tokens; make API tokens',
  inspectToken,
  verify,
  sign,
  create,
)

function expiryOf(text: string): number {
  const { success, data } = duration.safeParse(text)
  if (success) return data
  throw fail('argument_invalid', { detail: '--expires must be a duration such as 90d' })
}

function keyIn(text: string): PrivateJwk | string {
  if (!text.trimStart().startsWith('{')) return text
  return jsonIn(text, 'the file of --key') as unknown as PrivateJwk // the import checks every member
}

function claimsIn(text: string): JsonObject {
  return jsonIn(text, '--claims')
}

function jsonIn(text: string, what: string): JsonObject {
  const object = parseJsonObject(Buffer.from(text))
  if (object) return object
  throw fail('argument_invalid', { detail: `${what} must hold a JSON object` })
}

function lifetimeOf(text: string): number {
  const { success, data } = settings.tokens.lifetime.schema.safeParse(text)
  if (success) return data
  throw fail('argument_invalid', { detail: '--lifetime must be from 10s to 24h' })
}
