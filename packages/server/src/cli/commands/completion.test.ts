// The scripts of `countersign completion`, in their shells: the tests type at a terminal and press Tab.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { findProgram, howToGet } from '@countersign/testing/debian'
import { killLine, openTerminal, terminals } from '../terminal.fixture.ts'
import { openShell } from '../transcript.fixture.ts'

const [zsh, fish] = [findProgram('zsh'), findProgram('fish')]

/** The input at a prompt, and the result of Tab: one completion is filled in, several are shown, and where none is known there are files. */
const typed = [
  ['countersign ke\t', /countersign key /],
  ['countersign session \t\t', /end +list +show/],
  ['countersign serve --tokens-li\t', /--tokens-lifetime /],
  ['countersign serve --config set\t', /--config settings\.toml/],
] as const

/** The ways to load a completion into a shell. */
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
        const keysToType = name === 'zsh' ? typed.slice(0, 2) : typed // the other way to the same functions shows the rest
        for (const [keys, expected] of keysToType) await terminal.shows(killLine + keys, expected)
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
    $ ${ask('countersign serve --tokens-li')}
    --tokens-lifetime
    $ ${ask('countersign serve --config set')}
    settings.toml
  `)
})
