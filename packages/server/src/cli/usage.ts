import type { CommanderError } from 'commander'
import { describeSecretFile } from '../config/describe.ts'
import { namedSettings } from '../config/settings.ts'

/** What is wrong with how a command was written, in lines; none when help was all that it led to. */
export function usageLines({ code, message }: CommanderError): readonly string[] {
  if (code === 'commander.help') return [] // a command that only holds others
  const lines = message
    .replace(/^error: /, '')
    .split('\n')
    .map(withoutValue)
  const [, flag] = /^unknown option '--([\w-]+)/.exec(message.slice('error: '.length)) ?? []
  const secret = namedSettings.find((one) => one.flag === flag && one.setting.secret)
  return secret ? [...lines, describeSecretFile(secret)] : lines
}

/** What is given to an option that nobody knows may be a secret. */
function withoutValue(line: string): string {
  return line.replace(/^(unknown option '--[\w-]+)=.*'/, "$1'")
}
