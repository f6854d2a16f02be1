import { createRequire } from 'node:module'
import { pino, stdSerializers, type DestinationStream } from 'pino'
import type { Log } from '../../domain/kernel/ports.ts'
import { openOutput, type Output } from './output.ts'

/** Level and format of a log. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Lines for people at a terminal instead of JSON. */
  readonly readable: boolean
  /** Called for each line that was lost because standard output could not be written. */
  readonly lost?: (() => void) | undefined
}

/** Members with these names are replaced by `[secret]`, should they ever reach a log line. */
const secretNames = [
  'authorization',
  'cookie',
  'password',
  'token',
  'access_token',
  'refresh_token',
  'secret',
  'hash',
]
/**
 * Text in the form of a secret is replaced, too: a signed token, a refresh token, an invitation, a private key in PEM, the password in a
 * URL. The header of a token stays, because it contains no personal data.
 */
const secretForms =
  /(?<=\beyJ[\w-]{8,})\.[\w-]{8,}\.[\w-]*|(?<=\bcs(?:rt|in)_)[\w-]{16,}|(?<=BEGIN [A-Z ]*PRIVATE KEY-----)(?:[\w+/=\s]|\\+[nr])+|(?<=\w:\/\/[^\s:@/"]*:)[^\s@/"]+(?=@)/g

/** Most lines have no secret; searching for these words takes a tenth of the time of the expression above. */
const markers = ['eyJ', 'csrt_', 'csin_', 'PRIVATE KEY-----', '://']

function withoutSecrets(line: string): string {
  const mayHaveSecret = markers.some((marker) => line.includes(marker))
  return mayHaveSecret ? line.replaceAll(secretForms, '[secret]') : line
}

const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

/** Makes a log on standard output or another stream; secrets are replaced. A standard output that cannot be written stops nothing. */
export function createLog({ level, readable, lost }: LogOptions, to?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    redact: { paths, censor: '[secret]' },
    hooks: { streamWrite: withoutSecrets },
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: stdSerializers.err },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  }
  if (to) return pino(options, to)
  let lines = 0
  const { fd } = process.stdout // reading it makes a pipe non-blocking: a write that blocks would hinder the end of the process
  const output = openOutput(fd, {
    lost() {
      lines++
      lost?.()
    },
    drained(cause) {
      if (lines === 0) return
      log.warn({ lines, cause }, 'log lines were lost because standard output was not written')
      lines = 0
    },
  })
  const log: Log = pino(options, readable ? prettyTo(output) : output)
  return log
}

/** Loaded only for people: a production server starts faster without it. */
function prettyTo(output: Output): DestinationStream {
  const { prettyFactory } = createRequire(import.meta.url)(
    'pino-pretty',
  ) as typeof import('pino-pretty')
  const pretty = prettyFactory({ singleLine: true })
  return { write: (line) => output.write(pretty(line)) }
}
