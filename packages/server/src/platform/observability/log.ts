import { createRequire } from 'node:module'
import { pino, stdSerializers, type DestinationStream } from 'pino'
import type { Log } from '../../domain/kernel/ports.ts'

/** How much is written, and for whom. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Lines for a person at a terminal, instead of JSON for a machine. */
  readonly readable: boolean
}

/** Whatever carries one of these names is struck out, should it ever reach a log line. */
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
 * And whatever has the form of one, should it come in the middle of a text: a signed token, a refresh token, an invitation,
 * a private key in PEM, the password in a URL. Of a token its header is left, which says nothing of anybody.
 */
const secretForms =
  /(?<=\beyJ[\w-]{8,})\.[\w-]{8,}\.[\w-]*|(?<=\bcs(?:rt|in)_)[\w-]{16,}|(?<=BEGIN [A-Z ]*PRIVATE KEY-----)(?:[\w+/=\s]|\\+[nr])+|(?<=\w:\/\/[^\s:@/"]*:)[^\s@/"]+(?=@)/g

/** Most lines have nothing of the kind, and looking for these words costs a tenth of looking for the forms. */
const signs = ['eyJ', 'csrt_', 'csin_', 'PRIVATE KEY-----', '://']

function withoutSecrets(line: string): string {
  const suspect = signs.some((sign) => line.includes(sign))
  return suspect ? line.replaceAll(secretForms, '[secret]') : line
}

const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

/** A log on standard output, or on another stream, with secrets struck out by name. */
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
  tellOfLoss(output, log)
  return log
}

/**
 * Bytes of lines that wait while whoever reads standard output stands still, some 40,000 requests: those go on. Lines beyond are lost, or the memory
 * would be.
 */
const maxWaiting = 8 * 1024 * 1024

const lastTries = 20 // a tenth of a second each: so long a process that ends waits for somebody to take its last lines

type Output = ReturnType<typeof pino.destination>

/** Standard output, which holds up neither requests nor the end of the process when nobody reads it. */
function openOutput(): Output {
  let tries = Infinity
  const retryEAGAIN = () => tries-- > 0
  const output = pino.destination({ sync: false, maxLength: maxWaiting, retryEAGAIN })
  const flush = output.flushSync.bind(output) // what pino does at the end, again and again until all is taken
  output.flushSync = () => {
    tries = lastTries
    try {
      flush()
    } catch {
      // nobody takes it, and there is nowhere else to tell it
    }
    tries = Infinity
  }
  return output
}

/** Has the log say how many of its lines were lost, as soon as lines are taken again. */
function tellOfLoss(output: Output, log: Log): void {
  let lines = 0
  output.on('drop', () => lines++)
  output.on('drain', () => {
    if (lines === 0) return
    log.warn({ lines }, 'lines of this log were lost: nobody took them from standard output')
    lines = 0
  })
}

/** Read only where a person looks: a server in production starts sooner without it. */
function openReadable(): DestinationStream {
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty')
  return pretty({ sync: true, singleLine: true })
}
