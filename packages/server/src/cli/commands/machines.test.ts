import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { parseCommandLine, runInProcess } from '../in-process.fixture.ts'

test('resources, service accounts and API tokens are made, listed, changed and removed', async () => {
  using folder = scratch()
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db` }
  const run = async (words: string) => {
    const line = parseCommandLine(`countersign ${words}`)
    assert.ok(line, words)
    const { code, output } = await runInProcess(folder.path, line, env)
    return code === 0 ? output : `${output}[exit ${code}]`
  }
  await run('migrate apply --development')
  const url = 'https://notes.example'
  const added = await run(`resource add ${url} --scopes notes:read,notes:write --development`)
  assert.match(added, /notes:read, notes:write/)
  assert.match(await run('resource list --development'), /https:\/\/notes\.example/)
  const made = await run(
    `client add reporter --grants client_credentials --scopes notes:read --resource ${url} --json --development`,
  )
  const client = JSON.parse(made) as Readonly<Record<string, string>>
  assert.match(client['client_id'] ?? '', /^c_/)
  assert.match(client['client_secret'] ?? '', /^css_/)
  assert.match(await run(`client add reporter --development`), /has this name.*\[exit 1\]/s)
  const elsewhere = await run(`client add other --resource ${url}/ --development`)
  assert.match(elsewhere, /Resource not found: there is no .*add it first.*resource add/)
  assert.match(
    await run('client set-access reporter --scopes notes:write --development'),
    /has the scopes: notes:write/,
  )
  const rotated = await run('client secret rotate reporter --overlap 7d --json --development')
  assert.match(rotated, /"client_secret":\s*"css_/)
  const listed = await run('client list --development')
  assert.match(listed, /reporter.*never used.*ends/s)
  assert.ok(!listed.includes('css_'))
  assert.match(await run('client secret end reporter --development'), /Ended the replaced secret/)
  assert.doesNotMatch(await run('client list --development'), /ends/)
  assert.match(await run('client secret end reporter --development'), /has no replaced secret \(/)
  assert.match(await run('client remove reporter --development'), /Removed/)
  assert.match(await run('client remove reporter --development'), /not found/)
  assert.match(await run(`resource remove ${url} --development`), /Removed/)
  assert.match(await run('token create ada --development'), /--name and --scopes are required/)
})

test('an application is made, listed and changed; a service account has no redirect URIs', async () => {
  using folder = scratch()
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db` }
  const run = async (words: string) => {
    const line = parseCommandLine(`countersign ${words} --development`)
    assert.ok(line, words)
    const { code, output } = await runInProcess(folder.path, line, env)
    return code === 0 ? output : `${output}[exit ${code}]`
  }
  await run('migrate apply')
  const uri = 'https://wiki.example/callback'
  const made = await run(`client add wiki --redirect-uris ${uri} --public --json`)
  const application = {
    redirect_uris: [uri],
    public: true,
    skip_consent: false,
    require_pkce: true,
    id_token_algorithm: null,
    dpop: 'optional',
    post_logout_redirect_uris: [],
    backchannel_logout_uri: null,
  }
  assert.deepEqual(JSON.parse(made).application, application)
  await run('client add reporter')
  const changed = await run(
    `client set-application wiki --redirect-uris ${uri}/2,com.example.wiki:/callback --consent skip --json`,
  )
  assert.deepEqual(JSON.parse(changed).application, {
    ...application,
    redirect_uris: [`${uri}/2`, 'com.example.wiki:/callback'],
    skip_consent: true,
  })
  const out = `--dpop required --post-logout-redirect-uris ${uri}/bye`
  const notified = '--backchannel-logout-uri https://wiki.example/out'
  const more = await run(`client set-application wiki ${out} ${notified} --json`)
  const { dpop, backchannel_logout_uri, post_logout_redirect_uris } = JSON.parse(more).application
  assert.deepEqual([dpop, post_logout_redirect_uris], ['required', [`${uri}/bye`]])
  assert.equal(backchannel_logout_uri, 'https://wiki.example/out')
  const toldOf = await run('client set-application wiki --dpop required')
  assert.match(toldOf, /users return to https:\S+\/bye\nLogout tokens go to https:\S+\/out/)
  const none = '--post-logout-redirect-uris none --backchannel-logout-uri none --dpop optional'
  const emptied = await run(`client set-application wiki ${none} --json`)
  assert.match(emptied, /"post_logout_redirect_uris": \[\],\s+"backchannel_logout_uri": null/)
  const asked = await run('client set-application wiki --consent ask --id-token-algorithm RS256')
  assert.match(asked, /is a public application, RS256: https/)
  const listed = await run('client list --json')
  assert.match(listed, /"redirect_uris":[^]*callback\/2/)
  const shown = await run('client list')
  assert.match(shown, /wiki .*public application, RS256: .*callback\/2 com\.example.*nothing/)
  assert.match(shown, /reporter .*service account/)
  for (const [words, why] of [
    ['reporter --consent skip', /no parts of an application; add/],
    ['wiki --pkce optional', /a public client needs PKCE/],
    ['wiki --redirect-uris http://wiki.example', /a redirect URI is an absolute https URL/],
    ['wiki --consent never', /must be ask or skip/],
    ['other --consent skip', /not found: `countersign client list` shows all/],
  ] as const)
    assert.match(await run(`client set-application ${words}`), why)
  assert.match(await run('client sign-out wiki'), /signs every user out of wiki[^]*\[exit/)
  assert.match(await run('client sign-out wiki --yes'), /Ended no grants of wiki/)
  assert.match(await run('client sign-out reporter --yes'), /a service account has no users/)
  const log = await run('audit-log list --json')
  assert.equal(log.match(/client_application_set/g)?.length, 4)
  assert.equal(log.match(/client_users_signed_out/g)?.length, 1)
})
