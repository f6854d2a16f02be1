import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { testServer } from '../../../../testing.ts'
import { password, people } from '../console.fixture.ts'
import { newApplication } from './machines.fixture.ts'

suite('the applications of the console', async () => {
  const server = await testServer()
  const { admin, ada } = await people(server)
  await ada.signIn('ada', password)
  const addPath = '/console/clients/add-application'
  const add = (change: object = {}) => admin.send(addPath, { ...newApplication, ...change })
  const idIn = (text: string) => /c_[\w-]{22}/.exec(text)?.[0] ?? ''

  test('a confidential one is added, its secret shown once, changed, and removed after a question', async () => {
    assert.match((await admin.get('/console/clients')).text, /href="[^"]*add-application"/)
    const made = await add({ name: 'wiki', post_logout_redirect_uris: 'https://wiki.example/bye' })
    assert.match(made.text, /Application created[^]*css_[\w-]{49}/)
    assert.equal(made.path, addPath)
    const here = `/console/clients/${idIn(made.text)}`
    assert.match((await admin.get('/console/clients')).text, /wiki<[^]*application/)
    const shown = (await admin.get(here)).text
    assert.match(shown, /application, confidential[^]*authorization_code/)
    assert.match(shown, /wiki\.example\/cb[^]*wiki\.example\/bye[^]*Rotate the secret/)
    assert.doesNotMatch(shown, /css_/)
    const change = (given: object) =>
      admin.send(`${here}/application`, { ...newApplication, ...given })
    const changed = await change({
      redirect_uris: 'https://wiki.example/new\r\nhttps://wiki.example/x,y',
      backchannel_logout_uri: 'https://wiki.example/out',
      consent: 'skip',
      dpop: 'required',
      id_token_algorithm: 'RS256',
    })
    assert.match(changed.text, /The application is saved\.[^]*wiki\.example\/x,y/)
    assert.match(
      changed.text,
      /wiki\.example\/out<[^]*skipped[^]*<dd>Required<[^]*<dd>Required<[^]*<dd>RS256</,
    )
    assert.match(changed.text, /<option value="RS256"\s+selected/)
    assert.doesNotMatch(changed.text, /wiki\.example\/(cb|bye)/, 'all of it is replaced')
    const wrong = await change({ redirect_uris: 'javascript:alert(1)' })
    assert.match(wrong.text, /role="alert"[^]*a redirect URI is[^]*javascript:alert\(1\)/)
    assert.equal((await ada.get(here)).status, 403)
    assert.match(shown, /href="[^"]*\/sign-out"/)
    assert.match(
      (await admin.get(`${here}/sign-out`)).text,
      /Sign everyone out of this application\?/,
    )
    const signedOut = await admin.send(`${here}/sign-out`, {})
    assert.match(signedOut.text, /All users are signed out of the application\./)
    const question = (await admin.get(`${here}/remove`)).text
    assert.match(question, /Remove this application\?[^]*Its users are signed out of it/)
    assert.match((await admin.send(`${here}/remove`, {})).text, /The client is removed/)
  })

  test('a public one has no secret, and may sign users in on other devices alone', async () => {
    const made = await add({ name: 'cli', type: 'public', device: 'yes', redirect_uris: '' })
    assert.doesNotMatch(made.text, /css_/)
    const shown = (await admin.get(`/console/clients/${idIn(made.text)}`)).text
    assert.match(shown, /application, public[^]*grant-type:device_code[^]*Nothing: it is public/)
    assert.doesNotMatch(shown, /Rotate the secret|authorization_code/)
  })

  test('what does not go together is refused, and what was typed is shown again', async () => {
    const none = await add({ name: 'none', redirect_uris: '' })
    assert.match(none.text, /role="alert"[^]*redirect URIs go together[^]*value="none"/)
    const weak = await add({ name: 'weak', type: 'public', pkce: 'optional' })
    assert.match(weak.text, /role="alert"[^]*a public client needs PKCE[^]*wiki\.example\/cb/)
    assert.match((await add({ scopes: 'other' })).text, /id="add-application-scopes-fault"/)
    assert.match(
      (await add({ scopes: 'admin:users' })).text,
      /role="alert"[^]*only service accounts/,
    )
  })

  test.after(() => server.close())
})
