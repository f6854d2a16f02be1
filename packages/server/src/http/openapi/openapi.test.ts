import { Validator } from '@seriousme/openapi-schema-validator'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import { request } from '../api/api.fixture.ts'
import { routes } from '../api/routes.ts'

test('the OpenAPI document is valid by a third-party validator, and contains every route', async () => {
  await using server = await testServer({ COUNTERSIGN_ISSUER_URL: 'https://auth.example.com' })
  const { body, headers } = await request(server, 'GET /openapi.json')
  assert.equal(headers.get('access-control-allow-origin'), '*')
  const copy = structuredClone(body) // the validator changes its argument
  const { valid, errors } = await new Validator().validate(copy)
  assert.deepEqual(errors ?? [], [])
  assert.ok(valid)
  assert.deepEqual(body['servers'], [{ url: 'https://auth.example.com' }])
  const paths = body['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>
  const operations = Object.values(paths).flatMap((one) => Object.values(one))
  assert.equal(operations.length, routes.length)
  const ids = operations.map(({ operationId }) => operationId)
  assert.equal(new Set(ids).size, ids.length)
  assert.ok(ids.includes('getAdminUsersById'))
  for (const { operationId, responses } of operations) {
    assert.ok(
      Object.keys(responses).some((status) => status.startsWith('2')),
      operationId,
    )
    assert.ok(!('undefined' in responses), operationId)
  }
  assert.deepEqual(Object.keys(paths['/login']?.['post']?.responses ?? {}), [
    '200',
    '400',
    '401',
    '403',
    '413',
    '415',
    '429',
    '500',
    '503',
  ])
})

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, unknown>>
}
