import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { inspect } from '@countersign/token'
import { stateOf } from '../../domain/sessions/session.ts'
import type { Runtime } from '../../domain/runtime.ts'
import { fail, serverFailures } from '../../failures.ts'
import { json, settingsCommand } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { readToken } from '../read-token.ts'
import { printExplanation } from '../tell-token.ts'
import { dateOf, print, printFields, printJson, tone } from '../terminal.ts'
import { withVerifier } from '../with-verifier.ts'

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
    const id = what.replace(/^urn:uuid:/, '')
    if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id)) return explainRequest(id, log, asJson)
    const token = await readToken(what)
    await withVerifier(config, { issuer, audience, keys: '', algorithm: '' }, async (...own) => {
      const [verifier, runtime] = own
      const explanation = verifier.explain(token)
      const session = explanation.accepted && runtime ? await sessionOf(runtime, token) : undefined
      if (!explanation.accepted || session?.over) process.exitCode = exitCodes.found.code
      if (asJson) return printJson({ ...explanation, session: session?.sentence })
      await printExplanation(explanation)
      if (session) print(session.over ? tone.warning(session.sentence) : session.sentence)
    })
  },
})

/** How the session stands that a good token of ours belongs to. */
async function sessionOf({ store, clock }: Runtime, token: string) {
  const { sid, sub } = inspect(token).claims
  const session = await store.sessions.find(String(sid))
  if (!session)
    return {
      over: true,
      sentence: 'Its session is gone: it was over long ago, or its user was deleted.',
    }
  const user = await store.users.find(String(sub))
  if (user?.disabledAt)
    return { over: true, sentence: `Its user is disabled since ${dateOf(user.disabledAt)}.` }
  switch (stateOf(session, clock.now())) {
    case 'alive':
      return { over: false, sentence: 'Its session is alive.' }
    case 'expired':
      return { over: true, sentence: 'Its session has expired: nothing can be refreshed.' }
    case 'ended':
      return {
        over: true,
        sentence: `Its session was ended ${dateOf(session.endedAt ?? 0)} (${session.endReason}).`,
      }
  }
}

/** A line of the log, as far as it is read here. */
type Line = Readonly<Record<string, unknown>>

async function explainRequest(id: string, log: string, asJson: string): Promise<void> {
  if (log === '')
    throw fail('argument_invalid', {
      detail: 'name the log that has the request: --log FILE, or --log -',
    })
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

/** What the log says of a request. Others may have written something before the JSON of a line. */
async function linesOf(id: string, log: string): Promise<readonly Line[]> {
  const input = log === '-' ? process.stdin : createReadStream(log)
  const found: Line[] = []
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      if (!text.includes(id)) continue
      const line = lineOf(text.slice(text.indexOf('{')))
      if (line?.['requestId'] === id) found.push(line)
    }
  } catch (cause) {
    throw fail('argument_invalid', { detail: 'the log cannot be read', cause })
  }
  return found
}

function lineOf(text: string): Line | undefined {
  try {
    return Object(JSON.parse(text)) as Line
  } catch {
    return undefined
  }
}
