import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal, terminals } from './terminal.fixture.ts'
import { openShell, productionEnv } from './transcript.fixture.ts'

const env = productionEnv()
const good = 'correct horse battery'

test('a password on standard input is one line', async () => {
  using shell = openShell()
  await shell.plays(
    `
    $ printf '${good}\\nurl: example.com\\n' | countersign user add ada
    error The command cannot do that: the password must be one line; … head -n 1… (argument_invalid)
    [exit 2]
    $ printf '${good}\\n\\n' | countersign user add ada
    error … (argument_invalid)
    [exit 2]
    $ printf '${good}\\rmore' | countersign user add ada
    error … (argument_invalid)
    [exit 2]
    $ countersign user add ada < /dev/null
    error The command cannot do that: no password came (argument_invalid)
    [exit 2]
    $ printf '${good}\\r\\n' | countersign user add ada
    Made the user ada (u_…)
    $ printf 'a new one of mine\\nnotes' | countersign user set-password ada
    error … (argument_invalid)
    [exit 2]
    $ printf 'a new one of mine' | countersign user set-password ada
    Set the password of ada; ended no sessions
  `,
    env,
  )
})

test('what takes something away is not done before it is confirmed, and says what is lost', async () => {
  using shell = openShell()
  await shell.run(`echo ${good} | countersign user add ada`, env)
  const ring = await shell.run('countersign key list', env)
  const asked = [
    ['user delete ada', /ada and all their sessions are deleted/],
    ['user disable ada', /All sessions of ada end/],
    ['session end --user ada', /All sessions of ada end/],
    ['audit-log erase ada', /addresses and user agents .* lost/],
    ['audit-log forget 180', /older than 180 days are lost/],
    ['key withdraw k', /token that this key signed is refused/],
    ['key start-over', /access tokens are refused.* audit log/],
  ] as const
  await Promise.all(
    asked.map(async ([line, loss]) => {
      const printed = await shell.run(`countersign ${line}`, env)
      assert.match(printed, /add --yes \(confirmation_missing\)\n\[exit 1\]/, line)
      assert.match(printed, loss, line)
    }),
  )
  assert.equal(await shell.run('countersign key list', env), ring)
  await shell.plays(
    `
    $ countersign user disable ada --yes
    Disabled ada; ended no sessions
    $ countersign session end --user ada --yes
    Ended no sessions of ada
    $ countersign audit-log erase ada --yes
    Erased the personal data of no entries
    $ countersign audit-log forget 180 --yes
    Erased the personal data of no entries
    $ countersign key withdraw k --yes
    error There is no such signing key (signing_key_unknown)
    [exit 1]
    $ countersign key start-over --yes
    error … (key_not_lost)
    [exit 1]
    $ countersign user delete ada --yes
    Deleted ada; ended no sessions
  `,
    env,
  )
})

const skip = terminals ? false : 'there is no terminal here'

test(
  'at a terminal the rule comes first, and the password is asked for twice',
  { skip },
  async () => {
    using shell = openShell()
    await using terminal = openTerminal(shell, 'bash --norc --noprofile -i', env)
    await terminal.shows('countersign user add ada\n', /At least 15 characters[^]*Password: /)
    await terminal.shows(`${good}\n`, /same again: /)
    const differing = await terminal.shows('another one of mine\n', /argument_invalid/)
    assert.doesNotMatch(differing, /another|horse/)
    await terminal.shows('countersign user add ada\n', /Password: /)
    await terminal.shows(`${good}\n`, /same again: /)
    await terminal.shows(`${good}\n`, /Made the user ada/)
    await terminal.shows('countersign user add bob\n', /Password: /)
    await terminal.shows('\x04', /no password came/)
  },
)

test('Ctrl+C at a question ends it quietly, with code 130 and nothing done', { skip }, async () => {
  using shell = openShell()
  await shell.run(`echo ${good} | countersign user add ada`, env)
  await using terminal = openTerminal(shell, 'bash --norc --noprofile -i', env)
  for (const [line, question] of [
    ['user add bob', /Password: /],
    ['user set-password ada', /Password: /],
    ['user delete ada', /ada and all[^]*Type yes: /],
    ['token inspect', /Token: /],
  ] as const) {
    await terminal.shows(`countersign ${line}\n`, question)
    const quiet = await terminal.shows('\x03', /[$#] $/)
    assert.doesNotMatch(quiet, /Error|error|at /, line)
    await terminal.shows('echo code=$?\n', /code=130/)
  }
  await terminal.shows('countersign user delete ada\n', /Type yes: /)
  await terminal.shows('y\n', /confirmation_missing/)
  await terminal.shows('countersign user list\n', /ada/)
  await terminal.shows('countersign user delete ada\n', /Type yes: /)
  await terminal.shows('yes\n', /Deleted ada/)
})

test('the audit log of somebody who never was is refused, and that of one who is gone is not', async () => {
  using shell = openShell()
  await shell.run(`echo ${good} | countersign user add ada`, env)
  await shell.plays(
    `
    $ countersign audit-log list zoee
    error There is no such user (user_unknown)
    [exit 1]
    $ countersign audit-log erase zoee --yes
    error There is no such user (user_unknown)
    [exit 1]
    $ countersign user show ada --json | grep -o 'u_[A-Za-z0-9_-]*' > id && countersign user delete ada --yes
    Deleted ada; ended no sessions
    $ countersign audit-log list ada
    error There is no such user (user_unknown)
    [exit 1]
    $ countersign audit-log list "$(cat id)"
    … event …
    … user_registered …
    … user_deleted …
    $ countersign audit-log erase "$(cat id)" --yes
    Erased the personal data of no entries
  `,
    env,
  )
})
