import { createRequire } from 'node:module'
import { pino, stdSerializers, type DestinationStream } from 'pino'
import type { Log } from '../domain/ports.ts'

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
    serializers: { error: stdSerializers.err },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  }
  if (to) return pino(options, to)
  return readable ? pino(options, openReadable()) : pino(options)
}

/** Read only where a person looks: a server in production starts sooner without it. */
function openReadable(): DestinationStream {
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty')
  return pretty({ sync: true, singleLine: true })
}
