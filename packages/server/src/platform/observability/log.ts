import { createRequire } from 'node:module'
import { pino, stdSerializers, type DestinationStream } from 'pino'
import type { Log } from '../../domain/kernel/ports.ts'

/** Level and format of a log. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Lines for people at a terminal instead of JSON. */
  readonly readable: boolean
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

/** Makes a log on standard output or another stream; secrets are replaced. */
export function createLog({ level, readable }: LogOptions, to?: DestinationStream): Log {
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
  if (readable) return pino(options, openReadable())
  const output = openOutput()
  const log = pino(options, output)
  reportLostLines(output, log)
  return log
}

/**
 * Bytes of lines that wait while the reader of standard output does not read: some 40,000 requests, which are served meanwhile. Lines beyond
 * it are dropped, to keep memory bounded.
 */
const maxWaiting = 8 * 1024 * 1024

const maxFinalAttempts = 20 // a tenth of a second each, to write the last lines before the process ends

type Output = ReturnType<typeof pino.destination>

/** Opens standard output so that an absent reader blocks neither requests nor the end of the process. */
function openOutput(): Output {
  let attempts = Infinity
  const retryEAGAIN = () => attempts-- > 0
  const output = pino.destination({ sync: false, maxLength: maxWaiting, retryEAGAIN })
  const flush = output.flushSync.bind(output) // pino calls it at the end, and repeats it until all is written
  output.flushSync = () => {
    attempts = maxFinalAttempts
    try {
      flush()
    } catch {
      // the reader does not read, and there is no other place to report it
    }
    attempts = Infinity
  }
  return output
}

/** Logs how many lines were lost, as soon as lines are read again. */
function reportLostLines(output: Output, log: Log): void {
  let lines = 0
  output.on('drop', () => lines++)
  output.on('drain', () => {
    if (lines === 0) return
    log.warn({ lines }, 'log lines were lost because standard output was not read')
    lines = 0
  })
}

/** Loaded only for people: a production server starts faster without it. */
function openReadable(): DestinationStream {
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty')
  return pretty({ sync: true, singleLine: true })
}
