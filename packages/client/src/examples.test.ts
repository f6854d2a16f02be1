import { after, before } from 'node:test'
import { testExamples } from '@countersign/testing/examples'
import { testServer, type TestServer } from '@countersign/server/testing'

// Every exported type has an example too. The examples talk to a server in memory.
let server: TestServer
before(async () => {
  server = await testServer()
})
after(() => server.close())

testExamples(new URL('..', import.meta.url), {
  fetch: async (...request) => server.fetch(new Request(...request)),
})
