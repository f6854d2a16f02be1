import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openShell, productionEnv } from '../transcript.fixture.ts'

const env = productionEnv()

/** An issuer with a path, whose metadata are at one address only. */
async function issuerAt(path: string, metadata: string) {
  const server = createServer(({ url }, response) => {
    const { port } = server.address() as AddressInfo
    const isFound = url === metadata
    const issuer = `http://localhost:${port}${path}`
    response.writeHead(isFound ? 200 : 404).end(JSON.stringify(isFound ? { issuer } : {}))
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://localhost:${port}${path}`, [Symbol.dispose]: () => server.close() }
}

test('[18.33] doctor finds the metadata of an issuer with a path where RFC 8414 puts them, and below the path', async () => {
  const name = '/.well-known/oauth-authorization-server'
  for (const metadata of [`${name}/auth`, `/auth${name}`]) {
    using shell = openShell()
    using issuer = await issuerAt('/auth', metadata)
    await shell.plays(
      `
    $ countersign doctor | grep ' issuer '
    ok    issuer … http://localhost:…/auth answers; its clock: …
  `,
      { ...env, COUNTERSIGN_ISSUER_URL: issuer.url },
    )
  }
})

test('[18.33] doctor warns of an issuer over plain http', async () => {
  using shell = openShell()
  await shell.plays(
    `
    $ countersign doctor | grep settings
    warn  settings … issuer.allow_insecure_http is set: …
  `,
    {
      ...env,
      COUNTERSIGN_ISSUER_URL: 'http://auth.invalid:8080',
      COUNTERSIGN_ISSUER_ALLOW_INSECURE_HTTP: 'http://auth.invalid:8080',
    },
  )
})
