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

/** Prints what a shell needs to complete our commands. */
export const completion = plainCommand({
  usage: 'completion <shell>',
  summary: `Print what a shell needs to complete commands and options: ${Object.keys(shells).join(', ')}`,
  examples: [
    'source <(countersign completion bash)    # in ~/.bashrc',
    'source <(countersign completion zsh)     # in ~/.zshrc, after compinit',
    'countersign completion zsh > ~/.zfunc/_countersign    # ~/.zfunc in $fpath',
    'countersign completion fish > ~/.config/fish/completions/countersign.fish',
  ],
  run(shell = '') {
    if (!Object.hasOwn(shells, shell))
      throw fail('argument_invalid', {
        detail: `the shell must be one of ${Object.keys(shells).join(', ')}`,
      })
    print(shells[shell as keyof typeof shells])
  },
})

/** What those scripts call: the words so far, the last of them begun, and what it may become, one a line. */
export function completer(program: Command): Command {
  return new Command('complete').argument('[words...]').action((words: readonly string[]) => {
    candidates(program, words).forEach((one) => print(one))
  })
}

/** What the last word may become: a command that goes on, or an option. A setting's flag is offered once somebody has written dashes. */
function candidates(program: Command, words: readonly string[]): readonly string[] {
  let command = program
  for (const word of words.slice(0, -1))
    command = command.commands.find((one) => one.name() === word) ?? command
  const begun = words.at(-1) ?? ''
  const names = command.commands.map((one) => one.name()).filter((name) => name !== 'complete')
  const flags = [...command.options.map(({ long }) => long ?? ''), '--help']
  const offered = begun.startsWith('-') ? flags : names
  return offered.filter((one) => one.startsWith(begun)).toSorted()
}
