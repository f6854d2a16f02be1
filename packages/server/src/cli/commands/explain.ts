import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { fail, serverFailures } from '../../failures.ts'
import { json, settingsCommand } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { judgeToken } from '../judge-token.ts'
import { readToken } from '../read-token.ts'
import { printVerdict } from '../tell-token.ts'
import { print, printFields, printJson, tone } from '../terminal.ts'
import { whoseOf, withVerifier } from '../with-verifier.ts'

/** Says why a token or a request is refused. */
export const explain = settingsCommand({
  usage: 'explain [token-or-id]',
  summary:
    'Say why a token is refused, check by check, or why a request was, by its id; exit code 3 when it is or was',
  options: [
    ['--log <FILE>', 'The log in which to look for a request id; - for standard input.'],
    ['--issuer <URL>', 'Who must have signed the token. By default this server.'],
    ['--audience <NAME>', 'Whom it must be for, with --issuer. By default the issuer.'],
    json,
  ],
  mode: 'production',
  examples: [
    'countersign explain < token',
    'countersign explain --issuer https://auth.example.com < token',
    'countersign explain 0b54a2a1-8f1e-4c54-9d0f-6a4b5b8c7d3e --log /var/log/countersign.log',
    'journalctl -u countersign -o cat | countersign explain 0b54a2a1-8f1e-4c54-9d0f-6a4b5b8c7d3e --log -',
  ],
  async run(config, what = '', log = '', issuer = '', audience = '', asJson = '') {
    if (log !== '' && (issuer !== '' || audience !== ''))
      throw fail('argument_invalid', { detail: '--issuer and --audience are for tokens' })
    if (log !== '') return explainRequest(what.replace(/^urn:uuid:/, ''), log, asJson)
    if (what !== '' && what !== '-' && !what.includes('.')) {
      const detail =
        'this is no token; if it is a request id, name the log that has the request: --log FILE, or --log -'
      throw fail('argument_invalid', { detail })
    }
    const whose = whoseOf({ issuer, audience })
    const token = await readToken(what)
    await withVerifier(config, whose, async (...own) => {
      const verdict = await judgeToken(token, ...own)
      if (!verdict.accepted) process.exitCode = exitCodes.found.code
      if (asJson) return printJson(verdict)
      await printVerdict(verdict)
    })
  },
})

/** A line of the log, as far as it is read here. */
type Line = Readonly<Record<string, unknown>>

async function explainRequest(id: string, log: string, asJson: string): Promise<void> {
  if (id === '') throw fail('argument_invalid', { detail: 'give the id of a request' })
  const lines = await linesOf(id, log)
  const no = lines.find(({ msg }) => msg === 'refused' || msg === 'failed')
  const request = lines.find(({ msg }) => msg === 'request')
  if (!no && !request) throw fail('request_unknown')
  if (no) process.exitCode = exitCodes.found.code
  const { code, check, expected, found, likelyCause, facts, error } = no ?? {}
  if (asJson) return printJson({ request, ...no })
  if (request)
    printFields([
      ['request', `${request['method']} ${request['route']}`],
      ['answer', `${request['status']} after ${request['milliseconds']} ms`],
      ['at', String(request['time'])],
      ['user', String(request['user'] ?? 'nobody known')],
    ])
  if (!no) return print(tone.good('It was not refused.'))
  print(`${tone.failure('Refused')}: ${String(code)}${sentenceOf(String(code))}`)
  const fields = { check, expected, found, facts, error: Object(error).message }
  printFields(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
  if (likelyCause !== undefined) print(`Likely cause: ${String(likelyCause)}`)
}

function sentenceOf(code: string): string {
  return Object.hasOwn(serverFailures, code)
    ? `. ${serverFailures[code as keyof typeof serverFailures].message}`
    : ''
}

/**
 * What the log says of a request, by our own id or by that of the proxy in front; of several that a proxy made of one, the last. Others may
 * have written something before the JSON of a line.
 */
async function linesOf(id: string, log: string): Promise<readonly Line[]> {
  const input = log === '-' ? process.stdin : createReadStream(log)
  const found: Line[] = []
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      if (!text.includes(id)) continue
      const line = lineOf(stripVTControlCharacters(text))
      if (line?.['requestId'] === id || line?.['outer'] === id) found.push(line)
    }
  } catch (cause) {
    throw fail('argument_invalid', { detail: 'the log cannot be read', cause })
  }
  return found.filter((line) => line['requestId'] === found.at(-1)?.['requestId'])
}

/** A line in JSON, or one for people, which has the time and the message before it. */
function lineOf(text: string): Line | undefined {
  const start = text.indexOf('{')
  const [, time, msg] = /^\[([\d:.]+)\] [A-Z]+: (\w+) $/.exec(text.slice(0, start)) ?? []
  try {
    return { time, msg, ...JSON.parse(text.slice(start)) } as Line
  } catch {
    return undefined
  }
}
