import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { postLogoutToken } from './post-logout-token.ts'

test('[21.54] [OA.111] a redirect is not followed, and only the status of the answer counts', async (t) => {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(request.url ?? '')
    if (request.url === '/moved') response.writeHead(307, { location: '/taken' })
    else response.writeHead(request.url === '/taken' ? 200 : 404)
    response.end('logout_token=secret')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const post = (path: string) => postLogoutToken(`http://127.0.0.1:${port}${path}`, 'token')
  assert.equal(await post('/taken'), undefined)
  assert.equal(await post('/moved'), 'status 307')
  assert.equal(await post('/unknown'), 'status 404')
  assert.deepEqual(seen, ['/taken', '/moved', '/unknown'])
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  assert.match((await post('/taken')) ?? '', /^[A-Z_]+$/) // the code of the failed connection
})
