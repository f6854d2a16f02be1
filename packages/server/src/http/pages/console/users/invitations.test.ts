import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../../../testing.ts'
import { openBrowser } from '../../test-browser.fixture.ts'
import { password, people } from '../console.fixture.ts'

const byInvitation = { COUNTERSIGN_USERS_REGISTRATION: 'invitation' }

test('[18.26] an administrator creates an invitation, sends its link, and revokes it', async () => {
  await using server = await testServer(byInvitation)
  const { admin, ada } = await people(server)
  await ada.signIn('ada', password)
  assert.match((await admin.get('/console/invitations')).text, /No invitations\./)
  const made = await admin.send('/console/invitations/add', { roles: 'editor reader', days: '2' })
  const [, link = '', invitation = ''] =
    /(http:\/\/localhost:5000\/sign-up#invitation=(csin_[\w-]{43}))</.exec(made.text) ?? []
  assert.ok(link, 'the link is in the response to the form')
  assert.match(String(made.headers.get('cache-control')), /no-store/)
  const listed = (await admin.get('/console/invitations')).text
  assert.ok(listed.includes(link), 'the list has the link, to copy it again')
  assert.match(listed, /editor[^]*reader[^]*Open[^]*admin/)
  const id = /name="invitation" value="(i_[\w-]+)"/.exec(listed)?.[1] ?? ''

  for (const path of ['/console/invitations/add', '/console/invitations/revoke'])
    assert.equal((await ada.send(path, { roles: '', days: '2', invitation: id })).status, 403)
  const seen = await admin.send('/console/invitations/revoke', { invitation: id })
  assert.match(seen.text, /The invitation is revoked\.[^]*No invitations\./)
  const fields = { username: 'eve', new_password: 'four loose words here', email: '', invitation }
  const late = await openBrowser(server).send('/sign-up', fields)
  assert.match(late.text, /id="sign-up-invitation-fault"/)
})

test('[18.26] while registration is closed, no invitation can be created in the console', async () => {
  await using server = await testServer()
  const admin = openBrowser(server)
  await admin.signIn()
  const { text } = await admin.get('/console/invitations/add')
  assert.match(text, /Registration is closed/)
  assert.doesNotMatch(text, /Create invitation/)
  const fields = { roles: 'editor', days: '7' }
  const refused = await admin.send('/console/invitations/add', fields)
  assert.match(refused.text, /Registration is closed/)
  assert.doesNotMatch(refused.text, /csin_/)
})

test('[25.1] the link of an invitation is shown while it is open, and only after a recent sign-in', async () => {
  await using server = await testServer(byInvitation)
  const { admin } = await people(server)
  const made = await admin.send('/console/invitations/add', { roles: '', days: '2' })
  const [invitation = ''] = /csin_[\w-]{43}/.exec(made.text) ?? []
  server.clock.advance(901)
  const old = await admin.get('/console/invitations')
  assert.doesNotMatch(old.text, /csin_/)
  assert.match(old.text, /Confirm who you are to see it/)
  await admin.send('/account/confirm', { password: 'password', return_to: '/console/invitations' })
  assert.ok((await admin.get('/console/invitations')).text.includes(invitation))
  const fields = { username: 'eve', new_password: 'four loose words here', email: '', invitation }
  await openBrowser(server).send('/sign-up', fields)
  const used = (await admin.get('/console/invitations')).text
  assert.doesNotMatch(used, /csin_/)
  assert.match(used, /Used/)
})
