import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openShell, productionEnv } from './transcript.fixture.ts'

test('who gives a secret where it would be seen is told of its file, and the secret is not repeated', async () => {
  using shell = openShell()
  const [key, typo] = ['[keys]\nencryption_key_file = "key"\n', '[passwords]\npeper = "x"\n']
  writeFileSync(join(shell.folder, 'file.toml'), key)
  writeFileSync(join(shell.folder, 'typo.toml'), typo)
  await shell.plays(`
    $ countersign config --config file.toml
    error There is no such setting: keys.encryption_key_file; COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE or --keys-encryption-key-file names the file of this secret (setting_unknown)
    [exit 78]
    $ countersign config --config typo.toml
    error There is no such setting: passwords.peper; did you mean passwords.pepper? COUNTERSIGN_PASSWORDS_PEPPER_FILE or --passwords-pepper-file names the file of this secret (setting_unknown)
    [exit 78]
    $ countersign serve --keys-encryption-key canary
    error: unknown option '--keys-encryption-key'
    COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE or --keys-encryption-key-file names the file of this secret
    (add --help for what can be said)
    [exit 2]
    $ countersign config --passwords-pepper=canary
    error: unknown option '--passwords-pepper'
    COUNTERSIGN_PASSWORDS_PEPPER_FILE or --passwords-pepper-file names the file of this secret
    (add --help for what can be said)
    [exit 2]
  `)
})

test('with --json a command that is written wrongly is told in JSON too', async () => {
  using shell = openShell()
  await shell.plays(`
    $ countersign user lst --json
    {"code":"argument_invalid","message":"unknown command 'lst' (Did you mean list?)"}
    [exit 2]
    $ countersign token verify --isuer x --json
    {"code":"argument_invalid","message":"unknown option '--isuer' (Did you mean --issuer?)"}
    [exit 2]
    $ countersign user --help --json | head -1
    Usage: countersign user [options] [command]
  `)
})

test('what no trial mends ends with 78, so that no service manager tries for ever', async () => {
  using shell = openShell()
  const env = productionEnv()
  writeFileSync(join(shell.folder, 'no.db'), 'x'.repeat(2000), { mode: 0o600 })
  await shell.plays(
    `
    $ countersign serve --database-migrations expect
    error The tables of the database are not up to date, … (migrations_pending)
    [exit 78]
    $ printf password | countersign user add admin --passwords-min-length 8
    error The password … (password_common)
    [exit 1]
    $ COUNTERSIGN_DATABASE_URL=sqlite:no.db countersign serve
    error The database cannot be used: file is not a database (database_unusable)
    [exit 1]
  `,
    env,
  )
})

test('who says help before a command, as elsewhere, is told of that command', async () => {
  using shell = openShell()
  await shell.plays(`
    $ countersign help user add | head -1
    Usage: countersign user add [options] <name>
    $ countersign help serve | head -1
    Usage: countersign serve [options]
    $ countersign help | head -1
    Usage: countersign [options] [command]
  `)
})
