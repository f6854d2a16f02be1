import { after, test } from 'node:test'
import { freePort } from '@countersign/testing/http'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { openShell, productionEnv } from '../transcript.fixture.ts'

const server = await startPostgres()
after(() => server?.stop())

test(
  'doctor finds the database behind a host that does not answer, and reports every check where database.listen_url leads nowhere',
  { skip: server ? false : howToGetPostgres },
  async () => {
    using shell = openShell()
    const url = new URL(String(await server?.url('doctor_hosts')))
    const nowhere = `127.0.0.1:${await freePort()}`
    const all = url.href.replace(url.host, `${nowhere},${url.host}`)
    const listenUrl = url.href.replace(url.host, nowhere)
    await shell.plays(
      `
    $ countersign migrate apply | tail -1
    Ran … migrations
    $ countersign doctor | grep -E '^[a-z]+ +(writes|notifications|log) '
    ok    writes … the database can be written
    ok    notifications … they arrive; no pooler
    ok    log …
    $ COUNTERSIGN_DATABASE_LISTEN_URL=${listenUrl} countersign doctor | grep -E '^[a-z]+ +(writes|notifications|log) '
    ok    writes … the database can be written
    fail  notifications … The database does not answer: connection refused at its address … check database.listen_url, …
    ok    log …
  `,
      productionEnv({ COUNTERSIGN_DATABASE_URL: all }),
    )
  },
)
