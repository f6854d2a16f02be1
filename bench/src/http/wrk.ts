import { createSigner, importSecret } from '@countersign/token'
import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installDebian, mayInstall } from '@countersign/testing/debian'
import type { Throughput } from '../server/load.ts'
import { audience, issuer } from './servers/shared.ts'

const connections = 64

/** The core of the servers, and that of the load. */
export const cores = { server: '0', load: '1' } as const

/** Returns the reason why HTTP cannot be measured here, or `false`. */
export function wrkLacks(): string | false {
  const present = () =>
    [
      ['wrk', '-v'],
      ['taskset', '-V'],
    ].every(([program = '', flag = '']) => spawnSync(program, [flag]).error === undefined)
  if (present()) return false
  if (mayInstall) installDebian('wrk', 'util-linux')
  return present() ? false : 'needs wrk and taskset: apt-get install wrk util-linux'
}

/** Writes what wrk sends: 1,000 tokens, a few of them often and most of them seldom (Zipf). */
export function writeScript(
  folder: string,
  secret: string,
): { readonly script: string; readonly token: string } {
  const key = importSecret(secret, 'HS256', { id: 'bench' })
  const signer = createSigner({ key, issuer, lifetime: 86_400, type: 'JWT' }) // hono/jwt takes no other type
  const tokens = Array.from({ length: 1000 }, (_, at) =>
    signer.sign({
      sub: `u_${at}`,
      aud: audience,
      scope: 'notes:read notes:write',
      client_id: 'bench',
    }),
  )
  const file = join(folder, 'load.lua')
  writeFileSync(
    join(folder, 'tokens'),
    zipf(tokens.length)
      .map((at) => tokens[at])
      .join('\n'),
  )
  writeFileSync(
    file,
    `local requests, at = {}, 0
function init()
  for token in io.lines("${join(folder, 'tokens')}") do
    requests[#requests + 1] = wrk.format("GET", "/", { ["Authorization"] = "Bearer " .. token })
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
`,
  )
  return { script: file, token: tokens[0] ?? '' }
}

function zipf(count: number): readonly number[] {
  const weights = Array.from({ length: count }, (_, at) => 1 / (at + 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const draw = () => {
    let left = Math.random() * total
    return Math.max(
      0,
      weights.findIndex((weight) => (left -= weight) <= 0),
    )
  }
  return Array.from({ length: 8192 }, draw)
}

/** The result of a load. */
export interface Load extends Throughput {
  readonly requests: number
}

/** Loads a server at full speed from another core. Throws when a status is not 200. */
export async function load(url: string, script: string, seconds: number): Promise<Load> {
  const wrk = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, url]
  const { stdout } = await promisify(execFile)('taskset', ['-c', cores.load, ...wrk])
  const trouble = /Non-2xx.*|Socket errors.*/.exec(stdout)
  if (trouble) throw new Error(`${url}: ${trouble[0]}`)
  const percentile = (name: string) =>
    toMilliseconds(find(stdout, new RegExp(`^\\s+${name}%\\s+(\\S+)`, 'm')))
  return {
    requests: Number(find(stdout, /(\d+) requests in/)),
    perSecond: Number(find(stdout, /Requests\/sec:\s+(\S+)/)),
    p50: percentile('50'),
    p99: percentile('99'),
    max: toMilliseconds(find(stdout, /Latency\s+\S+\s+\S+\s+(\S+)/)),
  }
}

function find(text: string, pattern: RegExp): string {
  const [, found] = pattern.exec(text) ?? []
  if (found === undefined) throw new Error(`wrk said something else: ${text}`)
  return found
}

const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

function toMilliseconds(text: string): number {
  const [, value = '', unit = ''] = /^([\d.]+)([a-z]+)$/.exec(text) ?? []
  return Number(value) * (units[unit] ?? Number.NaN)
}
