import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openShell, productionEnv } from './transcript.fixture.ts'

test('a secret in the wrong place is refused with a hint to use a file, and is not repeated', async () => {
  using shell = openShell()
  writeFileSync(join(shell.folder, 'file.toml'), '[keys]\nencryption_key_file = "key"\n')
  writeFileSync(join(shell.folder, 'typo.toml'), '[passwords]\npeper = "x"\n')
  await shell.plays(`
    $ countersign config --config file.toml
    error Invalid setting: the file of keys.encryption_key cannot be read (setting_invalid)
      ENOENT: no such file or directory, open 'key'
    [exit 78]
    $ countersign config --config typo.toml
    error Unknown setting: passwords.peper; did you mean passwords.pepper? put this secret in a file, and name the file in COUNTERSIGN_PASSWORDS_PEPPER_FILE, --passwords-pepper-file or passwords.pepper_file (setting_unknown)
    [exit 78]
    $ countersign serve --keys-encryption-key canary
    error: unknown option '--keys-encryption-key'
    put this secret in a file, and name the file in COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE, --keys-encryption-key-file or keys.encryption_key_file
    (run with --help for usage)
    [exit 2]
    $ countersign config --passwords-pepper=canary
    error: unknown option '--passwords-pepper'
    put this secret in a file, and name the file in COUNTERSIGN_PASSWORDS_PEPPER_FILE, --passwords-pepper-file or passwords.pepper_file
    (run with --help for usage)
    [exit 2]
  `)
})

test('with --json a usage error is JSON, too', async () => {
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

test('a failure that a retry cannot mend exits with 78, so that service managers do not restart for ever', async () => {
  using shell = openShell()
  const env = productionEnv()
  writeFileSync(join(shell.folder, 'no.db'), 'x'.repeat(2000), { mode: 0o600 })
  await shell.plays(
    `
    $ countersign serve --database-migrations expect
    error Migrations are pending… (migrations_pending)
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

test('`help` before a command shows its help', async () => {
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
