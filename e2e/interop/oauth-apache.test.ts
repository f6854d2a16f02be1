import assert from 'node:assert/strict'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { findProgram, howToGet, installDebian, mayInstall } from '@countersign/testing/debian'
import { scratch } from '@countersign/testing/files'
import { freePort } from '@countersign/testing/http'
import { databases, openBrowser, openOAuthWorld } from '@countersign/testing/oauth'
import { howToGetPostgres } from '@countersign/testing/postgres'
import { start } from '@countersign/testing/process'

const apache = findProgram('apache2')
const modules = '/usr/lib/apache2/modules'
const openidModule = join(modules, 'mod_auth_openidc.so')
if (mayInstall && !existsSync(openidModule)) installDebian('libapache2-mod-auth-openidc')
const isPresent = apache !== undefined && existsSync(openidModule)
const skip = isPresent ? false : howToGet('libapache2-mod-auth-openidc')

for (const [name, open] of databases)
  test(
    `on ${name}, mod_auth_openidc of Apache signs a user in to a page, names them in REMOTE_USER, and signs them out`,
    { skip },
    (t) => signInWithApache(open, t),
  )

async function signInWithApache(
  open: (typeof databases)[number][1],
  t: TestContext,
): Promise<void> {
  const database = await open()
  if (!database) return t.skip(howToGetPostgres)
  using folder = scratch()
  const world = await openOAuthWorld(database.url)
  try {
    const origin = `http://localhost:${await freePort()}`
    const redirectUri = `${origin}/private/redirect`
    const client = await world.add({
      name: 'apache',
      redirect_uris: [redirectUri],
      scopes: ['openid', 'profile'],
      resources: [world.issuer],
    })
    const { issuer } = world
    writeFileSync(join(folder.path, 'index.txt'), 'the page')
    const file = join(folder.path, 'apache.conf')
    writeFileSync(file, configuration(folder.path, { origin, redirectUri, issuer, ...client }))
    chmodSync(folder.path, 0o755) // a server that root starts reads it as another user
    const command = [apache ?? '', '-D', 'FOREGROUND', '-f', file]
    await using running = await start(command, { ready: /resuming normal operations/ })
    const browser = openBrowser(issuer)
    const shown = await browser.signInTo(`${origin}/private/index.txt`)
    assert.deepEqual([shown.status, shown.text], [200, 'the page'], running.output())
    const named = await browser.request(`${origin}/private/who`, { stopAt: `${origin}/user/` })
    assert.equal(named.url.pathname, '/user/ada')
    const out = `${redirectUri}?logout=${encodeURIComponent(`${origin}/index.txt`)}`
    await browser.request(out)
    const again = await browser.request(`${origin}/private/index.txt`, { stopAt: issuer })
    assert.equal(again.url.pathname, '/oauth/authorize', 'the session of Apache has ended')
  } finally {
    await world.close()
    await database.close()
  }
}

/**
 * Returns the configuration of an Apache server that protects `/private`; `/private/who` redirects to the name in REMOTE_USER. `fetch` names its own
 * `Sec-Fetch-Mode`, by which the module would take a browser for a script.
 */
function configuration(
  folder: string,
  site: Readonly<Record<'origin' | 'redirectUri' | 'issuer' | 'id' | 'secret', string>>,
): string {
  const names = [
    'mpm_event',
    'authn_core',
    'authz_core',
    'authz_user',
    'auth_openidc',
    'dir',
    'mime',
    'alias',
    'rewrite',
    'headers',
  ]
  const load = names.filter((one) => existsSync(join(modules, `mod_${one}.so`)))
  return `
${load.map((one) => `LoadModule ${one}_module ${modules}/mod_${one}.so`).join('\n')}
Listen 127.0.0.1:${new URL(site.origin).port}
ServerName ${site.origin}
PidFile ${folder}/pid
ErrorLog "|/bin/cat"
LogLevel warn auth_openidc:info mpm_event:notice
User www-data
Group www-data
RequestHeader unset Sec-Fetch-Mode early
DefaultRuntimeDir ${folder}
Mutex file:${folder}
TypesConfig /dev/null
DocumentRoot ${folder}
Alias /private ${folder}
OIDCProviderMetadataURL ${site.issuer}/.well-known/openid-configuration
OIDCClientID ${site.id}
OIDCClientSecret ${site.secret}
OIDCRedirectURI ${site.redirectUri}
OIDCCryptoPassphrase a-passphrase-of-this-test
OIDCScope "openid profile"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username
OIDCSessionType client-cookie
<Location /private>
  AuthType openid-connect
  Require valid-user
</Location>
<Location /private/who>
  RewriteEngine On
  RewriteRule .* ${site.origin}/user/%{REMOTE_USER} [R,L]
</Location>
`
}
