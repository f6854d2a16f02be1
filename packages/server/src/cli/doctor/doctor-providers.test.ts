import { listenOn } from '@countersign/testing/identity-providers'
import { test } from 'node:test'
import { openShell, productionEnv } from '../transcript.fixture.ts'

const env = productionEnv()
const client = {
  COUNTERSIGN_FEDERATION_WORK_CLIENT_ID: 'countersign',
  COUNTERSIGN_FEDERATION_WORK_CLIENT_SECRET: 'a-secret-of-this-test',
}

test('doctor reads the metadata of each identity provider, and says what is wrong', async () => {
  using shell = openShell()
  await using provider = await listenOn((issuer) => (_, response) => {
    const metadata = { issuer, authorization_endpoint: `${issuer}/authorize` }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata))
  })
  await shell.plays(
    `
    $ countersign doctor | grep identity
    ok    identity providers … a sign-in with work can begin; its client secret is checked when one ends
  `,
    { ...env, ...client, COUNTERSIGN_FEDERATION_WORK_ISSUER: provider.url },
  )
  await shell.plays(
    `
    $ countersign doctor | grep identity
    warn  identity providers … identity provider work cannot be used: unreachable ECONNREFUSED …
  `,
    { ...env, ...client, COUNTERSIGN_FEDERATION_WORK_ISSUER: 'https://localhost:1' },
  )
})
