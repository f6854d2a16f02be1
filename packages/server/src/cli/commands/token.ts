import { createSigner, importPrivateKey, inspect, type PrivateJwk } from '@countersign/token'
import { parseJsonObject, type JsonObject } from '@countersign/token/internal'
import { settings } from '../../config/settings.ts'
import { fail } from '../../failures.ts'
import { groupOf, json, plainCommand, settingsCommand } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { judgeToken } from '../judge-token.ts'
import { readTextFile } from '../read-file.ts'
import { readToken } from '../read-token.ts'
import { printToken, printVerdict } from '../tell-token.ts'
import { print, printJson, printWarning, tone } from '../terminal.ts'
import { algorithmOf, whoseOf, withVerifier } from '../with-verifier.ts'

const look = plainCommand({
  usage: 'inspect [token]',
  summary: 'Show what a token says without checking it: for people, never for a decision',
  options: [json],
  examples: ['countersign token inspect < token', 'echo "$TOKEN" | countersign token inspect'],
  async run(argument = '', asJson = '') {
    const { header, claims } = inspect(await readToken(argument))
    if (asJson) return printJson({ verified: false, header, claims })
    printToken(header, claims)
    print(tone.warning('Nothing of this is checked: anybody can write it.'))
  },
})

const verify = settingsCommand({
  usage: 'verify [token]',
  summary:
    'Check a token with the keys of this server, of an issuer far away, or of a file; exit code 3 when it is refused',
  options: [
    ['--issuer <URL>', 'Who must have signed it; without --keys its keys are looked up there.'],
    ['--keys <FILE>', 'The keys: a JWKS, or one public key in PEM. It needs --issuer.'],
    ['--audience <NAME>', 'Whom it must be for, with --issuer. By default the issuer.'],
    ['--algorithm <NAME>', 'What a key in PEM is for. By default ES256.'],
    json,
  ],
  mode: 'production',
  examples: [
    'countersign token verify < token',
    'countersign token verify --issuer https://auth.example.com < token',
    'countersign token verify --issuer https://auth.example.com --keys jwks.json --audience notes < token',
  ],
  async run(config, given, ...[issuer = '', keys = '', audience = '', algorithm = '', asJson]) {
    const whose = whoseOf({ issuer, keys, audience, algorithm })
    const token = await readToken(given ?? '')
    await withVerifier(config, whose, async (...own) => {
      const verdict = await judgeToken(token, ...own)
      const { accepted } = verdict
      if (!accepted) process.exitCode = exitCodes.found.code
      const { header, claims } = accepted ? inspect(token) : {}
      if (asJson) return printJson({ ...verdict, header, claims })
      await printVerdict(verdict)
      if (header && claims) printToken(header, claims)
    })
  },
})

const sign = plainCommand({
  usage: 'sign <subject>',
  summary: 'Sign a token with a key of your own, for development and tests; no server is asked',
  options: [
    ['--key <FILE>', 'A private key: a JWK, or PEM (PKCS #8). It must be given.'],
    ['--algorithm <NAME>', 'What the key signs with. By default ES256.'],
    ['--issuer <URL>', 'Who signs: iss. It must be given.'],
    ['--audience <NAME>', 'Whom it is for: aud. By default the issuer.'],
    ['--lifetime <DURATION>', 'How long it lives, from 10s to 24h. By default 15m.'],
    ['--claims <JSON>', 'Further claims, as a JSON object.'],
  ],
  examples: [
    'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out dev.pem',
    'openssl pkey -in dev.pem -pubout -out dev.pub',
    `countersign token sign ada --key dev.pem --issuer https://dev.example --claims '{"roles":["admin"]}' > token`,
    'countersign token verify --keys dev.pub --issuer https://dev.example < token',
  ],
  run(
    sub = '',
    ...[key = '', algorithm = '', issuer = '', audience = '', lifetime = '', claims = '']
  ) {
    if (key === '' || issuer === '')
      throw fail('argument_invalid', { detail: 'it needs --key and --issuer' })
    const signer = createSigner({
      key: importPrivateKey(keyIn(readTextFile(key)), algorithmOf(algorithm)),
      issuer,
      lifetime: lifetimeOf(lifetime || '15m'),
    })
    const aud = audience || issuer
    print(signer.sign({ client_id: 'development', ...claimsIn(claims || '{}'), sub, aud }))
    if (process.stdout.isTTY)
      printWarning('For development: whoever has the key file can sign anything.')
  },
})

/** Tokens, from the command line. */
export const token = groupOf(
  'token',
  'Look into tokens, check them and sign some',
  look,
  verify,
  sign,
)

function keyIn(text: string): PrivateJwk | string {
  if (!text.trimStart().startsWith('{')) return text
  return jsonIn(text, 'the file of --key') as unknown as PrivateJwk // importing looks at every member
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
