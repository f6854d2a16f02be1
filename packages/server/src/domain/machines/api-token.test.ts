import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandLine } from '../audit-log/event.ts'
import { openDomain } from '../domain.fixture.ts'
import { makeApiTokenOf } from './api-token.ts'

test('[22.10] no administrator makes an API token for a user who must have a second factor', async (t) => {
  const { deps, owner } = await openDomain(t)
  const { userId } = await owner('ada')
  const said = { name: 'backup', scopes: ['roles'] }
  const make = (requiredFor: 'everyone' | readonly string[]) => {
    const policies = { ...deps.policies, factors: { requiredFor } }
    return makeApiTokenOf({ ...deps, policies }, userId, said, commandLine)
  }
  await assert.rejects(make('everyone'), {
    code: 'api_token_unacceptable',
    message: /service account/,
  })
  assert.deepEqual((await make(['editor'])).session.amr, [])
})
