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
    error Invalid argument: the password must be one line; … head -n 1… (argument_invalid)
    [exit 2]
    $ printf '${good}\\n\\n' | countersign user add ada
    error … (argument_invalid)
    [exit 2]
    $ printf '${good}\\rmore' | countersign user add ada
    error … (argument_invalid)
    [exit 2]
    $ countersign user add ada < /dev/null
    error Invalid argument: the password is missing (argument_invalid)
    [exit 2]
    $ printf '${good}\\r\\n' | countersign user add ada
    Added the user ada (u_…)
    $ printf 'a new one of mine\\nnotes' | countersign user set-password ada
    error … (argument_invalid)
    [exit 2]
    $ printf 'a new one of mine' | countersign user set-password ada
    Set the password of ada; ended no sessions
  `,
    env,
  )
})

test('a command that loses data needs confirmation, and says what is lost', async () => {
  using shell = openShell()
  await shell.run(`echo ${good} | countersign user add ada`, env)
  const ring = await shell.run('countersign key list', env)
  const asked = [
    ['user delete ada', /deletes ada and all their sessions/],
    ['user disable ada', /signs ada out/],
    ['session end --user ada', /signs ada out/],
    ['audit-log erase ada', /erases the addresses and user agents/],
    ['audit-log forget 180', /older than 180 days/],
    ['key revoke k', /token that it signed is refused/],
    ['key reset', /access tokens are refused.* audit log/],
  ] as const
  await Promise.all(
    asked.map(async ([line, loss]) => {
      const printed = await shell.run(`countersign ${line}`, env)
      assert.match(printed, /Add --yes to proceed \(confirmation_missing\)\n\[exit 1\]/, line)
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
    $ countersign key revoke k --yes
    error Signing key not found (signing_key_unknown)
    [exit 1]
    $ countersign key reset --yes
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
  'at a terminal the password rule is shown, and the password is asked for twice',
  { skip },
  async () => {
    using shell = openShell()
    await using terminal = openTerminal(shell, 'bash --norc --noprofile -i', env)
    await terminal.shows('countersign user add ada\n', /At least 15 characters[^]*Password: /)
    await terminal.shows(`${good}\n`, /Repeat password: /)
    const differing = await terminal.shows('another one of mine\n', /argument_invalid/)
    assert.doesNotMatch(differing, /another|horse/)
    await terminal.shows('countersign user add ada\n', /Password: /)
    await terminal.shows(`${good}\n`, /Repeat password: /)
    await terminal.shows(`${good}\n`, /Added the user ada/)
    await terminal.shows('countersign user add bob\n', /Password: /)
    await terminal.shows('\x04', /the password is missing/)
  },
)

test('Ctrl+C at a question ends quietly with code 130, and changes nothing', { skip }, async () => {
  using shell = openShell()
  await shell.run(`echo ${good} | countersign user add ada`, env)
  await using terminal = openTerminal(shell, 'bash --norc --noprofile -i', env)
  for (const [line, question] of [
    ['user add bob', /Password: /],
    ['user set-password ada', /Password: /],
    ['user delete ada', /deletes ada[^]*Type yes: /],
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

test('the audit log of an unknown user is refused, that of a deleted user is not', async () => {
  using shell = openShell()
  await shell.run(`echo ${good} | countersign user add ada`, env)
  await shell.plays(
    `
    $ countersign audit-log list zoee
    error User not found (user_unknown)
    [exit 1]
    $ countersign audit-log erase zoee --yes
    error User not found (user_unknown)
    [exit 1]
    $ countersign user show ada --json | grep -o 'u_[A-Za-z0-9_-]*' > id
    $ countersign user delete ada --yes
    Deleted ada; ended no sessions
    $ countersign audit-log list ada
    error User not found (user_unknown)
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
