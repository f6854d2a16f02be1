import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openShell, productionEnv } from './transcript.fixture.ts'

const env = productionEnv()

test('a usage error says how to get help, and exits with code 2', async () => {
  using shell = openShell()
  await shell.plays(
    `
    $ countersign serv
    error: unknown command 'serv'
    (Did you mean serve?)
    (run with --help for usage)
    [exit 2]
    $ countersign user add
    error: missing required argument 'name'
    (run with --help for usage)
    [exit 2]
    $ countersign session end
    error Invalid argument: give either the id of a session or --user (argument_invalid)
    [exit 2]
    $ countersign token sign ada --jsn
    error: unknown option '--jsn'
    …
    [exit 2]
  `,
    env,
  )
})

test('help shows a command\u2019s own options, and the settings on request', async () => {
  using shell = openShell()
  await shell.plays(
    `
    $ countersign --version
    0.1.0
    $ countersign user add --help
    Usage: countersign user add [options] <name>

    Add a user; asks for the password, or reads it as one line from standard input

    Options:
    --email <ADDRESS>  The e-mail address.
    --roles <LIST>     The roles, separated by commas; admin is an administrator.
    -h, --help         Show this help.

    Settings:
    --config <FILE>    A settings file in TOML; also named by COUNTERSIGN_CONFIG.
    --development      Use the settings and the database of countersign dev.
    --help-settings    Show every setting; each can be given as a flag.

    Examples:
    $ countersign user add ada
  `.replace('$ countersign user add ada', '…'),
  )
  const settings = await shell.run('countersign serve --help-settings')
  assert.match(settings, /--tokens-lifetime <DURATION>\n +Lifetime[^]*Default: 15m\./)
  assert.match(settings, /--keys-encryption-key-file <FILE>/)
  assert.doesNotMatch(settings, /exit/)
})

test('config shows the settings in effect and their sources, without secrets', async () => {
  using shell = openShell()
  writeFileSync(join(shell.folder, 'c.toml'), '[tokens]\nlifetime = "5m"\n')
  await shell.plays(
    `
    $ countersign config --changed --config c.toml --http-port 9000
    setting              value                     from
    issuer.url           https://auth.example.com  COUNTERSIGN_ISSUER_URL
    http.port            9000                      --http-port
    database.url         sqlite:auth.db            COUNTERSIGN_DATABASE_URL
    keys.encryption_key  [secret]                  COUNTERSIGN_KEYS_ENCRYPTION_KEY
    tokens.lifetime      5m                        c.toml
    $ countersign config --changed --log-level loud --json
    {
    …
    "setting": "log.level",
    "value": "loud",
    "from": "--log-level",
    "problem": "must be debug, info, warn, error or silent"
    …
    }
    {"code":"setting_invalid","message":"Invalid setting: log.level must be debug, info, warn, error or silent"}
    [exit 78]
    $ COUNTERSIGN_TOKEN_LIFETIME=1m countersign config
    error Unknown setting: COUNTERSIGN_TOKEN_LIFETIME; did you mean COUNTERSIGN_TOKENS_LIFETIME? (setting_unknown)
    [exit 78]
    $ countersign config sample > sample.toml
    $ countersign config --config sample.toml --changed | wc -l
    4
  `,
    env,
  )
})

test('users, their sessions and keys are shown to people and to programs', async () => {
  using shell = openShell()
  await shell.plays(
    `
    $ echo correct horse battery | countersign user add Ada --email ada@example.com --roles admin,billing
    Added the user Ada (u_…)
    $ countersign user list
    name  e-mail           roles           added
    Ada   ada@example.com  admin, billing  20… UTC
    $ countersign user list --json
    [{"id":"u_…","username":"Ada","email":"ada@example.com","roles":["admin","billing"],"created_at":…,"password_changed_at":…,"disabled_at":null}
    ]
    $ countersign user list zoe --json
    []
    $ countersign session list ada
    Ada is not signed in
    $ countersign session list ada --json
    []
    $ countersign session show s_none
    error Session not found (session_unknown)
    [exit 1]
    $ countersign session end --user ada --yes
    Ended no sessions of Ada
    $ countersign user set-roles ada billing
    Ada has the roles billing
    No administrator is left; …
    $ countersign user disable ada --yes
    Disabled Ada; ended no sessions
    $ countersign key list --json
    []
  `,
    env,
  )
})

test('a token is signed, inspected, verified and explained', async () => {
  using shell = openShell()
  await shell.plays(`
    $ openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out dev.pem && openssl pkey -in dev.pem -pubout -out dev.pub
    $ countersign token sign ada --key dev.pem --issuer https://dev.example --claims '{"roles":["admin"]}' > token
    $ countersign token verify --keys dev.pub --issuer https://dev.example < token
    …
    The token is valid.
    …
    sub        "ada"
    …
    $ countersign token verify --keys dev.pub --issuer https://dev.example/ < token
    …
    no  issuer …https://dev.example/… https://dev.example
    Refused: issuer_wrong
    Likely cause: one of the two ends in a slash and the other does not
    [exit 3]
    $ countersign token verify --keys dev.pub --issuer https://dev.example --json < token | grep accepted
    "accepted": true,
    $ countersign token inspect < token
    …
    Not verified: any of this can be forged.
    $ countersign token inspect $(cat token)
    A token on the command line is visible to every program on this machine and stays in the shell history. Give it on standard input.
    …
    $ countersign token sign ada --key dev.pub --issuer https://dev.example
    error … (key_invalid)
    [exit 1]
    $ countersign token sign ada --key dev.pem --issuer https://dev.example --lifetime 2d
    error Invalid argument: --lifetime must be from 10s to 24h (argument_invalid)
    [exit 2]
  `)
})

test('a shell completes commands and options', async () => {
  using shell = openShell()
  await shell.plays(`
    $ countersign complete -- session ""
    end
    list
    show
    $ countersign complete -- serve --tokens-li
    --tokens-lifetime
    $ countersign complete -- us
    user
    $ countersign completion tcsh
    error Invalid argument: the shell must be one of bash, zsh, fish (argument_invalid)
    [exit 2]
  `)
})
