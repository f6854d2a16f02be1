import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../../../testing.ts'
import { add, password, people } from '../console.fixture.ts'

test('the list of users has their last sign-in and their sessions, and is filtered by role and state', async () => {
  await using server = await testServer()
  const { admin, ada, id } = await people(server)
  await add(admin, { username: 'grace', roles: 'editor' })
  await ada.signIn('ada', password)
  server.clock.advance(7200)
  await ada.signIn('ada', password)
  const rowOf = (text: string, name: string) => {
    const row = text.split('<tr role="row">').find((one) => one.includes(`>${name}</a`)) ?? ''
    return [...row.matchAll(/data-label="([^"]+)"[^>]*>([^]*?)<\/td>/g)].map(
      ([, label, cell = '']) => [label, cell.replaceAll(/<[^>]*>/g, '').trim()],
    )
  }
  const cellsOf = async (name: string, query = '') =>
    Object.fromEntries(rowOf((await admin.get(`/console/users${query}`)).text, name))
  assert.equal((await cellsOf('ada'))['Last sign-in'], 'just now')
  assert.equal((await cellsOf('ada'))['Sessions'], '1')
  assert.equal((await cellsOf('admin'))['Last sign-in'], '2 hours ago')
  assert.equal((await cellsOf('grace'))['Last sign-in'], 'never')
  await admin.send('/account/confirm', { password: 'password', return_to: '/console' })
  await admin.send(`/console/users/${id}/disable`, {})
  assert.equal((await cellsOf('ada', '?state=disabled'))['Sessions'], '0')
  assert.deepEqual(await cellsOf('grace', '?state=disabled'), {})
  assert.equal((await cellsOf('grace', '?role=editor&search=GRA'))['State'], 'Active')
  assert.deepEqual(await cellsOf('ada', '?role=editor'), {})
  assert.deepEqual(await cellsOf('grace', '?role=edit'), {})
})

test('disabling a user, signing one out everywhere and rotating keys ask first, and opening the question changes nothing', async () => {
  await using server = await testServer()
  const { admin, ada, id } = await people(server)
  await ada.signIn('ada', password)
  const disable = await admin.get(`/console/users/${id}/disable`)
  assert.match(disable.text, /Disable ada\?[^]*<button class="danger">Disable</)
  const signOut = await admin.get(`/console/users/${id}/sessions/end-all`)
  assert.match(signOut.text, /Sign ada out everywhere\?/)
  const { text } = await admin.get('/console/keys')
  const from = /name="from" value="([^"]+)"/.exec(text)?.[1] ?? ''
  const rotate = await admin.get(`/console/keys/rotate?from=${from}`)
  assert.match(rotate.text, new RegExp(`Rotate to the next key[^]*name="from" value="${from}"`))
  assert.equal((await admin.get('/console/keys/rotate')).path, '/console/keys')
  assert.equal((await ada.get('/account')).path, '/account', 'ada is still signed in')
})
