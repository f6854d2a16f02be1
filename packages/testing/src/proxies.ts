import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { request as askTls } from 'node:https'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { connect } from 'node:tls'
import { makeCertificate, placeCertificate } from './certificates.ts'
import { blockOf, substituted } from './guides.ts'
import { root, scratch } from './files.ts'
import { freePort } from './http.ts'
import { countersign, printSpans, run, start, type Running } from './process.ts'

/** The proxies of the deployment guide. */
export const proxies = ['nginx', 'caddy', 'haproxy'] as const

/** The issuer of the guide, the public address of the server. */
export const issuer = 'https://auth.example.com'

const guide = 'deploy.md'

interface Ports {
  readonly server: number
  readonly plain: number
  readonly tls: number
}

/** A proxy that runs the guide's configuration. */
interface Proxy {
  readonly running: Running
  /** The CA certificate that signed its certificate. */
  readonly ca: string
}

/** Starts each proxy with its snippet of the guide: with other ports and files, inside a minimal main configuration. */
const launchers: Readonly<
  Record<(typeof proxies)[number], (at: string, folder: string, ports: Ports) => Promise<Proxy>>
> = {
  async nginx(program, folder, ports) {
    const pair = await makeCertificate({ host: 'auth.example.com' })
    const files = placeCertificate(folder, pair)
    const snippet = substituted(blockOf(guide, 'nginx', 1), {
      '127.0.0.1:8080': `127.0.0.1:${ports.server}`,
      'listen 80;': `listen 127.0.0.1:${ports.plain};`,
      'listen 443 ssl;': `listen 127.0.0.1:${ports.tls} ssl;`,
      '/etc/ssl/fullchain.pem': files.certificate,
      '/etc/ssl/privkey.pem': files.key,
    })
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join('\n')
    const workers = process.getuid?.() === 0 ? 'user root;' : '' // the folder is readable by root only
    const around = `daemon off; pid ${folder}/pid; error_log stderr notice; ${workers}\nevents {}\n`
    const config = join(folder, 'nginx.conf')
    writeFileSync(config, `${around}http {\naccess_log off;\n${paths}\n${snippet}}\n`)
    const command = [program, '-e', 'stderr', '-p', folder, '-c', config]
    return { running: await start(command, { ready: /start worker process/ }), ca: pair.cert }
  },
  caddy: (program, folder, ports) =>
    startCaddy(program, folder, ports, { AUTH_SERVERS: `127.0.0.1:${ports.server}` }),
  async haproxy(program, folder, ports) {
    const pair = await makeCertificate({ host: 'auth.example.com' })
    const both = join(folder, 'haproxy.pem')
    writeFileSync(both, `${pair.cert.trimEnd()}\n${pair.key}`, { mode: 0o600 })
    const snippet = substituted(blockOf(guide, 'haproxy', 1), {
      '127.0.0.1:8080': `127.0.0.1:${ports.server}`,
      'bind :80': `bind 127.0.0.1:${ports.plain}`,
      'bind :443': `bind 127.0.0.1:${ports.tls}`,
      '/etc/haproxy/auth.example.com.pem': both,
    })
    const config = join(folder, 'haproxy.cfg')
    writeFileSync(config, `global\n  log stderr format raw local0\n${snippet}`)
    const running = await start([program, '-db', '-V', '-f', config], {
      ready: /Using \w+\(\) as the polling mechanism/,
    })
    return { running, ca: pair.cert }
  },
}

/** Starts Caddy with the file of the deployment guide: with other ports, and a certificate authority of its own instead of one on the network. */
export async function startCaddy(
  program: string,
  folder: string,
  ports: Pick<Ports, 'plain' | 'tls'>,
  hosts: { readonly AUTH_HOST?: string; readonly AUTH_SERVERS: string },
): Promise<Proxy> {
  const snippet = readFileSync(join(root, 'deploy/Caddyfile'), 'utf8')
  const own = `admin off\nlocal_certs\nskip_install_trust\ndefault_bind 127.0.0.1`
  const config = join(folder, 'Caddyfile')
  writeFileSync(
    config,
    `{\n${own}\nhttp_port ${ports.plain}\nhttps_port ${ports.tls}\n}\n${snippet}`,
  )
  const env = {
    HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
    ...hosts,
  }
  const command = [program, 'run', '--adapter', 'caddyfile', '--config', config]
  const running = await start(command, { env, ready: /certificate obtained successfully/ })
  const ca = readFileSync(join(folder, 'caddy/pki/authorities/local/root.crt'), 'utf8')
  const host = hosts.AUTH_HOST ?? 'auth.example.com'
  // It uses a certificate some time after it has obtained it.
  for (let tries = 0; tries < 500 && !(await canConnect(ports.tls, host)); tries++)
    await setTimeout(20)
  return { running, ca }
}

/** Reports whether a TLS server answers for a host on this machine. */
function canConnect(port: number, servername: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false })
    socket.once('error', () => resolve(false))
    socket.once('secureConnect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

/** A server behind a proxy, both set up as in the guide. */
export interface Proxied extends AsyncDisposable {
  readonly server: Running
  /** The ports of the server, and of the proxy for plain HTTP and TLS. */
  readonly ports: Ports
  /** Returns a `fetch` that sends requests to {@link issuer} through the proxy, from a local address. */
  from(address: string): typeof fetch
  /** Runs a `countersign` command with the server's settings, and returns its output. */
  command(command: string, input?: string): Promise<string>
}

/** Starts a server and a proxy in front of it. */
export async function openProxied(
  name: (typeof proxies)[number],
  program: string,
  settings: Readonly<Record<string, string>>,
): Promise<Proxied> {
  const folder = scratch()
  const [own, plain, tls] = [await freePort(), await freePort(), await freePort()]
  const ports = { server: own, plain, tls }
  const config = join(folder.path, 'countersign.toml')
  writeFileSync(config, blockOf(guide, 'toml', 2))
  const env = {
    COUNTERSIGN_CONFIG: config,
    COUNTERSIGN_HTTP_PORT: String(own),
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/c.db`,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ...settings,
  }
  const server = await start([...countersign, 'serve'], {
    env: { ...env, NODE_OPTIONS: printSpans },
  })
  const proxy = await launchers[name](program, folder.path, ports).catch(async (error: unknown) => {
    await server.stop()
    throw error
  })
  return {
    server,
    ports,
    from: (address) => fetchThrough({ port: tls, ca: proxy.ca, localAddress: address }),
    command: async (line, input = '') =>
      (await run([...countersign, ...line.split(' ')], { env, input })).output,
    async [Symbol.asyncDispose]() {
      await proxy.running.stop()
      await server.stop()
      folder[Symbol.dispose]()
    },
  }
}

/** Returns a `fetch` that connects to this machine for every host name, from the given local address. */
export function fetchThrough(way: {
  readonly port: number
  readonly ca: string
  readonly localAddress: string
}): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const { pathname, search, hostname } = new URL(request.url)
    const body = Buffer.from(await request.arrayBuffer())
    const headers = { ...Object.fromEntries(request.headers), host: hostname }
    return new Promise((resolve, reject) => {
      const { method, signal } = request
      const path = pathname + search
      const to = { host: '127.0.0.1', servername: hostname, agent: false as const, ...way }
      const outgoing = askTls({ ...to, method, path, headers, signal }, (incoming) => {
        const { statusCode: status = 0, headersDistinct } = incoming
        const received = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        )
        const empty = status === 204 || status === 304
        const stream = empty ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>)
        resolve(new Response(stream, { status, headers: received }))
      })
      outgoing.on('error', reject)
      outgoing.end(body.length > 0 ? body : undefined)
    })
  }
}
