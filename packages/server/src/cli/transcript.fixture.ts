import { countersign } from '@countersign/testing/process'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCommandLine, runInProcess } from './in-process.fixture.ts'

/** A shell in an empty folder, with the command `countersign`. */
export interface Shell extends Disposable {
  readonly folder: string
  /**
   * Plays a transcript: runs each `$ line`, and asserts that it prints what follows, standard error included. `…` matches anything within a
   * line, and on its own line any lines; `[exit 3]` at the end is an exit code other than 0.
   */
  plays(transcript: string, env?: Readonly<Record<string, string>>): Promise<void>
  /** Runs one line and returns what it printed. A call of `countersign` runs in this process, which is much faster, unless the line needs a shell for more than to filter its output. */
  run(line: string, env?: Readonly<Record<string, string>>): Promise<string>
}

/** Settings of a production server with a random key, and its database in the folder of the shell. */
export function productionEnv(more: Readonly<Record<string, string>> = {}) {
  return {
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_DATABASE_URL: 'sqlite:auth.db',
    ...more,
  }
}

/** The compile cache that all processes of the tests share, if one is set: each starts in half the time. */
export const compileCache = { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '' }

/** Opens a shell. */
export function openShell(): Shell {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const command = `#!/bin/sh\nexec ${countersign.map((part) => `"${part}"`).join(' ')} "$@"\n`
  writeFileSync(join(folder, 'countersign'), command, { mode: 0o755 })
  const runShell = async (line: string, env: Readonly<Record<string, string>>, input = '') => {
    const child = spawn('sh', ['-c', line], { cwd: folder, env })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    child.stdin.on('error', () => {}) // EPIPE: it has ended without reading all of its input
    child.stdin.end(input)
    const [code] = (await once(child, 'close')) as [number]
    return { code, output: printed }
  }
  const run = async (given: string, env: Readonly<Record<string, string>> = {}) => {
    const line = given.replaceAll('\n', ' ')
    const here = { PATH: process.env['PATH'] ?? '', HOME: folder, NO_COLOR: '1', ...env }
    const call = parseCommandLine(line)
    if (!call) {
      const path = `${folder}:${here.PATH}`
      return transcriptOf(await runShell(`${line} 2>&1`, { ...compileCache, ...here, PATH: path }))
    }
    const { code, output, stdout, stderr } = await runInProcess(folder, call, here)
    if (call.into !== undefined) {
      writeFileSync(join(folder, call.into), stdout)
      return transcriptOf({ code, output: stderr })
    }
    if (call.filter === undefined) return transcriptOf({ code, output })
    return transcriptOf(await runShell(`{ ${call.filter}; } 2>&1`, here, stdout))
  }
  return {
    folder,
    run,
    async plays(transcript, env) {
      for (const step of stepsOf(transcript)) {
        const printed = await run(step.line, env)
        assert.ok(step.fits(printed), `$ ${step.line}\n${printed}\n--- expected\n${step.expected}`)
      }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Returns an output as transcripts show it, with the exit code if it is not 0. */
function transcriptOf({ code, output }: { readonly code: number; readonly output: string }) {
  return code === 0 ? output : `${output}[exit ${code}]\n`
}

function stepsOf(transcript: string) {
  const lines = transcript.split('\n').map((line) => line.trim())
  const starts = lines.flatMap((line, at) => (line.startsWith('$ ') ? [at] : []))
  assert.ok(starts.length > 0, 'a session has commands')
  return starts.map((start, step) => {
    const expected = lines
      .slice(start + 1, starts[step + 1])
      .join('\n')
      .trim()
    const pattern = expected
      .split('\n')
      .map((line) => (line === '…' ? '[^]*' : escaped(line)))
      .join('\n')
      .replaceAll('\n[^]*', '[^]*')
      .replaceAll('[^]*\n', '[^]*')
    return {
      line: (lines[start] ?? '').slice(2),
      expected,
      fits: (printed: string) => new RegExp(`^${pattern}$`).test(trimmed(printed)),
    }
  })
}

function escaped(line: string): string {
  return line.split('…').map(RegExp.escape).join('.*')
}

function trimmed(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim()
}
