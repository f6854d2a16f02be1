import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pages } from '../pages.ts'
import { openBrowser } from '../test-browser.fixture.ts'
import { testServer } from '../../../testing.ts'

test('a development server has a mailbox, and a production server has not', async () => {
  await using server = await testServer()
  const page = await openBrowser(server).get('/mailbox')
  assert.equal(page.status, 200)
  assert.match(page.text, /There is no mail/)
  assert.ok(!pages.some(({ path }) => path === '/mailbox'))
})
