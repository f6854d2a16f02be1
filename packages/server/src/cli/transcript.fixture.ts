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
  /** Runs one line and returns what it printed. A line that is only a call of `countersign` runs in this process, which is much faster. */
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
  const run = async (line: string, env: Readonly<Record<string, string>> = {}) => {
    const call = parseCommandLine(line.replaceAll('\n', ' '))
    if (call) {
      const here = { PATH: process.env['PATH'] ?? '', HOME: folder, NO_COLOR: '1', ...env }
      return runInProcess(folder, call, here)
    }
    const path = `${folder}:${process.env['PATH']}`
    const child = spawn('sh', ['-c', `${line.replaceAll('\n', ' ')} 2>&1`], {
      cwd: folder,
      env: { PATH: path, HOME: folder, NO_COLOR: '1', ...compileCache, ...env },
    })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    child.stdin.end()
    const [code] = (await once(child, 'close')) as [number]
    return code === 0 ? printed : `${printed}[exit ${code}]\n`
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
