import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { fail, sentenceOf } from '../../failures.ts'
import { json, settingsCommand } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { adviceFor } from '../refusal-advice.ts'
import { checkToken } from '../check-token.ts'
import { printTokenReport } from '../print-token.ts'
import { readToken } from '../read-input.ts'
import { print, printFields, printJson, tone } from '../terminal.ts'
import { tokenIssuerOf, withVerifier } from '../with-verifier.ts'

/** Explains why a token or a request is refused. */
export const explain = settingsCommand({
  usage: 'explain [token-or-id]',
  summary:
    'Explain why a token is refused, check by check, or why a request was, by its id; exit code 3 if it is or was',
  options: [
    ['--log <FILE>', 'The log to search for the request id; - for standard input.'],
    ['--issuer <URL>', 'The issuer of the token. Default: this server.'],
    [
      '--audience <NAME>',
      'The audience of the token, such as the URL of a resource. Default: the issuer.',
    ],
    json,
  ],
  mode: 'production',
  examples: [
    'countersign explain < token',
    'countersign explain --audience https://notes.example.com < token',
    'countersign explain --issuer https://auth.example.com < token',
    'countersign explain 0b54a2a1-8f1e-4c54-9d0f-6a4b5b8c7d3e --log /var/log/countersign.log',
    'journalctl -u countersign -o cat | countersign explain 0b54a2a1-8f1e-4c54-9d0f-6a4b5b8c7d3e --log -',
  ],
  async run(config, { tokenOrId, log, issuer, audience, json: asJson }) {
    if (log !== undefined && (issuer !== undefined || audience !== undefined))
      throw fail('argument_invalid', { detail: '--issuer and --audience are for tokens' })
    if (log !== undefined)
      return explainRequest((tokenOrId ?? '').replace(/^urn:uuid:/, ''), log, asJson)
    if (tokenOrId !== undefined && tokenOrId !== '-' && !tokenOrId.includes('.')) {
      const detail =
        'this is not a token; if it is a request id, name the log of the request: --log FILE, or --log -'
      throw fail('argument_invalid', { detail })
    }
    const tokenIssuer = tokenIssuerOf({ issuer, audience })
    const token = await readToken(tokenOrId)
    await withVerifier(config, tokenIssuer, async (...means) => {
      const report = await checkToken(token, ...means)
      if (!report.accepted) process.exitCode = exitCodes.bad.code
      if (asJson) return printJson(report)
      await printTokenReport(report)
    })
  },
})

/** A line of the log. */
type Line = Readonly<Record<string, unknown>>

async function explainRequest(id: string, log: string, asJson: boolean): Promise<void> {
  if (id === '') throw fail('argument_invalid', { detail: 'the request id is missing' })
  const { lines, otherLine } = await linesOf(id, log)
  const refusal = lines.find(({ msg }) => msg === 'refused' || msg === 'failed')
  const request = lines.find(({ msg }) => msg === 'request')
  if (!refusal && !request) throw fail('request_unknown', otherLine)
  if (refusal) process.exitCode = exitCodes.bad.code
  const { code, detail, check, expected, found, likelyCause, facts, error } = refusal ?? {}
  const next = adviceFor(String(code))
  if (asJson) return printJson({ request, ...refusal, ...(refusal && { next }) })
  if (request)
    printFields([
      ['request', `${request['method']} ${request['route']}`],
      ['answer', `${request['status']} after ${request['milliseconds']} ms`],
      ['at', String(request['time'])],
      ['user', String(request['user'] ?? 'unknown')],
    ])
  if (!refusal) return print(tone.good('The request was not refused.'))
  const why = [sentenceOf(String(code)), detail].filter((one) => one !== undefined).join(': ')
  print(`${tone.failure('Refused')}: ${String(code)}${why && `. ${why}`}`)
  const fields = { check, expected, found, facts, error: Object(error).message }
  printFields(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
  if (likelyCause !== undefined) print(`Likely cause: ${String(likelyCause)}`)
  if (next !== undefined) print(`Next: ${next}`)
}

const notOfServer =
  'a line has the id and is not of the server; if a guard printed it, that line explains the refusal'

/**
 * Reads the lines of a request from the log, by our id or by the id of the proxy in front. If a proxy sent several requests under one id,
 * returns the last. Text before the JSON of a line, such as a prefix of the service manager, is skipped.
 */
async function linesOf(id: string, log: string) {
  const input = log === '-' ? process.stdin : createReadStream(log)
  const found: Line[] = []
  let otherLine: { readonly detail: string } | undefined
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      if (!text.includes(id)) continue
      const line = lineOf(stripVTControlCharacters(text))
      if (line?.['requestId'] === id || line?.['outer'] === id) found.push(line)
      else otherLine = { detail: notOfServer }
    }
  } catch (cause) {
    throw fail('argument_invalid', { detail: 'the log cannot be read', cause })
  }
  const lines = found.filter((line) => line['requestId'] === found.at(-1)?.['requestId'])
  return { lines, otherLine }
}

/** Parses a line in JSON, or one in the form for people, where time and message come before the JSON. */
function lineOf(text: string): Line | undefined {
  const start = text.indexOf('{')
  const [, time, msg] = /^\[([\d:.]+)\] [A-Z]+: (\w+) $/.exec(text.slice(0, start)) ?? []
  try {
    return { time, msg, ...JSON.parse(text.slice(start)) } as Line
  } catch {
    return undefined
  }
}
