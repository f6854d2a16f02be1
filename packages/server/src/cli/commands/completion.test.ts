// What `countersign completion` prints, in the shells that it is for: somebody at a terminal types, and presses Tab.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { findProgram, howToGet } from '../../../../../tools/debian.fixture.ts'
import { openShell, type Shell } from '../transcript.fixture.ts'

const terminals = existsSync('/usr/bin/script') && process.platform === 'linux' // elsewhere it takes its words in another order
const [zsh, fish] = [findProgram('zsh'), findProgram('fish')]
const killLine = '\x15'

/** A shell at a terminal. */
interface Terminal extends AsyncDisposable {
  /** Types, and waits until what is shown from then on has that in it. */
  shows(keys: string, expected: RegExp): Promise<void>
}

function openTerminal({ folder }: Shell, command: string): Terminal {
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, TERM: 'dumb' },
  })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text))
  return {
    async shows(keys, expected) {
      shown = ''
      child.stdin.write(keys)
      for (const from = Date.now(); !expected.test(shown); await setTimeout(10))
        assert.ok(Date.now() - from < 60_000, `${expected} is not shown: ${JSON.stringify(shown)}`)
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'close')
      child.stdin.end(`${killLine}exit\n`)
      await ended
    },
  }
}

/** What to type at a prompt, and what Tab makes of it: one is filled in, several are shown, and where we know of nothing there are files. */
const typed = [
  ['countersign ke\t', /countersign key /],
  ['countersign session \t\t', /end +list +show/],
  ['countersign serve --tokens-l\t', /--tokens-lifetime /],
  ['countersign serve --config set\t', /--config settings\.toml/],
] as const

/** How a completion gets into a shell. */
const ways = [
  ['bash', 'bash --norc --noprofile -i', 'source <(countersign completion bash)', '/bin/bash'],
  [
    'zsh',
    'zsh -f -i',
    'autoload -Uz compinit; compinit -u -D; source <(countersign completion zsh)',
    zsh,
  ],
  [
    'zsh, from its path of functions',
    'zsh -f -i',
    'countersign completion zsh > _countersign; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D',
    zsh,
  ],
] as const

suite(
  'Tab completes commands, options and files',
  { skip: !terminals && 'needs script(1)', concurrency: true },
  () => {
    for (const [name, command, setUp, program] of ways) {
      test(`in ${name}`, { skip: !program && howToGet(name.slice(0, 3)) }, async () => {
        using shell = openShell()
        writeFileSync(join(shell.folder, 'settings.toml'), '')
        await using terminal = openTerminal(shell, command)
        await terminal.shows(`PS1='> '; ${setUp}; echo rea''dy\n`, /ready/)
        for (const [keys, expected] of typed) await terminal.shows(killLine + keys, expected)
      })
    }
  },
)

test('fish completes the same', { skip: !fish && howToGet('fish') }, async () => {
  using shell = openShell()
  writeFileSync(join(shell.folder, 'settings.toml'), '')
  const set = 'countersign completion fish > c.fish'
  const ask = (line: string) => `fish --no-config -c "source c.fish; complete -C '${line}'"`
  await shell.plays(`
    $ ${set}
    $ ${ask('countersign ke')}
    key
    $ ${ask('countersign session ')}
    end
    list
    show
    $ ${ask('countersign serve --tokens-l')}
    --tokens-lifetime
    $ ${ask('countersign serve --config set')}
    settings.toml
  `)
})
