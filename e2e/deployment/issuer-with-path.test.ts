// Runs what the deployment guide says about an issuer with a path.
import { createGuard } from '@countersign/guard'
import { createServer, loadConfig } from '@countersign/server'
import { findProgram, howToGet } from '@countersign/testing/debian'
import { scratch } from '@countersign/testing/files'
import { blockOf, substituted } from '@countersign/testing/guides'
import { freePort } from '@countersign/testing/http'
import { start } from '@countersign/testing/process'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'

const guide = 'deploy.md'
const ada = { username: 'ada', password: 'correct horse battery' }

/** Starts each proxy with its lines of the guide, inside a minimal configuration. */
const launchers = {
  nginx(program: string, folder: string, { near, far }: Ports) {
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join('\n')
    const config = join(folder, 'nginx.conf')
    writeFileSync(
      config,
      `daemon off; pid ${folder}/pid; error_log stderr notice;
      ${process.getuid?.() === 0 ? 'user root;' : ''}
      events {}
      http { access_log off; ${paths}
        upstream countersign { server 127.0.0.1:${far}; }
        server { listen 127.0.0.1:${near}; proxy_set_header Host $host:$server_port;
          location / { return 200 "another application"; }
          ${blockOf(guide, 'nginx', 2)} } }`,
    )
    const command = [program, '-e', 'stderr', '-p', folder, '-c', config]
    return start(command, { ready: /start worker process/ })
  },
  caddy(program: string, folder: string, { near, far }: Ports) {
    const lines = substituted(blockOf(guide, 'caddyfile', 2), {
      '127.0.0.1:8080': `127.0.0.1:${far}`,
    })
    const config = join(folder, 'Caddyfile')
    const rest = 'handle {\nrespond "another application"\n}'
    writeFileSync(
      config,
      `{\nadmin off\n}\nhttp://127.0.0.1:${near}, http://localhost:${near} {\n${lines}\n${rest}\n}\n`,
    )
    const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
    const command = [program, 'run', '--adapter', 'caddyfile', '--config', config]
    return start(command, { env, ready: /serving initial configuration/ })
  },
}

interface Ports {
  readonly near: number
  readonly far: number
}

for (const name of ['nginx', 'caddy'] as const) {
  const program = findProgram(name)
  suite(
    `[18.33] an issuer with a path, behind ${name}`,
    { skip: !program && howToGet(name) },
    () => {
      test('[OA.59] is found by guards and by other clients, and a sign-in works', async () => {
        using folder = scratch()
        const ports = { near: await freePort(), far: await freePort() }
        const issuer = `http://localhost:${ports.near}/auth`
        const env = {
          COUNTERSIGN_ISSUER_URL: issuer,
          COUNTERSIGN_HTTP_HOST: '127.0.0.1',
          COUNTERSIGN_HTTP_PORT: String(ports.far),
          COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
          COUNTERSIGN_USERS_REGISTRATION: 'open',
          COUNTERSIGN_LOG_LEVEL: 'silent',
        }
        await using server = await createServer(loadConfig({ mode: 'development', env }))
        await server.listen()
        const proxy = await launchers[name](String(program), folder.path, ports)
        try {
          const post = (path: string) =>
            fetch(issuer + path, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(ada),
            })
          assert.equal((await post('/register')).status, 201)
          const { token } = (await (await post('/login')).json()) as { readonly token: string }
          using guard = createGuard({ issuer, audience: issuer, revocation: 'feed' })
          assert.ok((await guard.checkToken(token)).allowed)
          const { origin } = new URL(issuer)
          const wellKnown = '/.well-known/oauth-authorization-server'
          for (const url of [`${origin}${wellKnown}/auth`, `${issuer}${wellKnown}`]) {
            const metadata = (await (await fetch(url)).json()) as Readonly<Record<string, string>>
            assert.equal(metadata['issuer'], issuer)
            assert.equal((await fetch(String(metadata['jwks_uri']))).status, 200)
          }
        } finally {
          await proxy.stop()
        }
      })
    },
  )
}
