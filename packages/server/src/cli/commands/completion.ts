import { Command } from 'commander'
import { fail } from '../../failures.ts'
import { plainCommand } from '../command.ts'
import { print } from '../terminal.ts'

const shells = {
  bash: `_countersign() {
  local IFS=$'\\n'
  COMPREPLY=($(countersign complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _countersign countersign`,
  zsh: `#compdef countersign
_countersign() {
  local -a found
  found=("\${(@f)$(countersign complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- $found || _files
}
if [[ $funcstack[1] == _countersign ]]; then
  _countersign "$@"
else
  compdef _countersign countersign
fi`,
  fish: `function __countersign_complete
  set -l begun (commandline -ct)
  set -l found (countersign complete -- (commandline -opc)[2..] "$begun" 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path "$begun"
  end
end
complete -c countersign -f -a '(__countersign_complete)'`,
} as const

/** Prints a shell's completion script for `countersign`. */
export const completion = plainCommand({
  usage: 'completion <shell>',
  summary: `Print a completion script for a shell: ${Object.keys(shells).join(', ')}`,
  examples: [
    'source <(countersign completion bash)    # in ~/.bashrc',
    'source <(countersign completion zsh)     # in ~/.zshrc, after compinit',
    'countersign completion zsh > ~/.zfunc/_countersign    # ~/.zfunc in $fpath',
    'countersign completion fish > ~/.config/fish/completions/countersign.fish',
  ],
  run({ shell }) {
    if (!Object.hasOwn(shells, shell))
      throw fail('argument_invalid', {
        detail: `the shell must be one of ${Object.keys(shells).join(', ')}`,
      })
    print(shells[shell as keyof typeof shells])
  },
})

/** Makes the hidden command that the scripts call: it gets the words typed so far and prints completions of the last, one a line. */
export function completer(program: Command): Command {
  return new Command('complete').argument('[words...]').action((words: readonly string[]) => {
    candidates(program, words).forEach((one) => print(one))
  })
}

/** Completions of the last word: commands, or options once it begins with a dash. */
function candidates(program: Command, words: readonly string[]): readonly string[] {
  let command = program
  for (const word of words.slice(0, -1))
    command = command.commands.find((one) => one.name() === word) ?? command
  const prefix = words.at(-1) ?? ''
  const names = command.commands.map((one) => one.name()).filter((name) => name !== 'complete')
  const flags = [...command.options.map(({ long }) => long ?? ''), '--help']
  const offered = prefix.startsWith('-') ? flags : names
  return offered.filter((one) => one.startsWith(prefix)).toSorted()
}
