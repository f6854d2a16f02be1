import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { request as askTls } from 'node:https'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { makeCertificate, placeCertificate } from './certificates.ts'
import { blockOf, substituted } from './guides.ts'
import { scratch } from './files.ts'
import { freePort } from './http.ts'
import { countersign, printSpans, run, start, type Running } from './process.ts'

/** The proxies that the guide to deployment tells how to set up. */
export const proxies = ['nginx', 'caddy'] as const

/** Where everybody finds the server: the issuer of the guide. */
export const issuer = 'https://auth.example.com'

const guide = 'deploy.md'

interface Ports {
  readonly server: number
  readonly plain: number
  readonly tls: number
}

/** A proxy that runs what the guide says of it. */
interface Proxy {
  readonly running: Running
  /** Who vouches for its certificate. */
  readonly ca: string
}

/** Each proxy with its snippet of the guide: other ports, other files, and around it what a distribution brings along. */
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
    const workers = process.getuid?.() === 0 ? 'user root;' : '' // the folder is nobody else's
    const around = `daemon off; pid ${folder}/pid; error_log stderr notice; ${workers}\nevents {}\n`
    const config = join(folder, 'nginx.conf')
    writeFileSync(config, `${around}http {\naccess_log off;\n${paths}\n${snippet}}\n`)
    const command = [program, '-e', 'stderr', '-p', folder, '-c', config]
    return { running: await start(command, { ready: /start worker process/ }), ca: pair.cert }
  },
  async caddy(program, folder, ports) {
    const snippet = substituted(blockOf(guide, 'caddyfile', 1), {
      '127.0.0.1:8080': `127.0.0.1:${ports.server}`,
    })
    // An authority of its own in place of one on the network, and no more changes than these.
    const own = `admin off\nlocal_certs\nskip_install_trust\ndefault_bind 127.0.0.1`
    const config = join(folder, 'Caddyfile')
    writeFileSync(
      config,
      `{\n${own}\nhttp_port ${ports.plain}\nhttps_port ${ports.tls}\n}\n${snippet}`,
    )
    const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
    const command = [program, 'run', '--adapter', 'caddyfile', '--config', config]
    const running = await start(command, { env, ready: /certificate obtained successfully/ })
    const ca = readFileSync(join(folder, 'caddy/pki/authorities/local/root.crt'), 'utf8')
    return { running, ca }
  },
}

/** A server as the guide sets it up, behind a proxy as the guide sets it up. */
export interface Proxied extends AsyncDisposable {
  readonly server: Running
  /** Where the proxy takes TLS, and where it takes plain HTTP, on this machine. */
  readonly ports: Ports
  /** Asks for what is at {@link issuer}, from an address of this machine. */
  from(address: string): typeof fetch
  /** Runs a command of ours with the server's settings, and answers what it printed. */
  says(command: string, input?: string): Promise<string>
}

/** Starts both. */
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
    says: async (command, input = '') =>
      (await run([...countersign, ...command.split(' ')], { env, input })).output,
    async [Symbol.asyncDispose]() {
      await proxy.running.stop()
      await server.stop()
      folder[Symbol.dispose]()
    },
  }
}

/** `fetch`, but that every name is on this machine, and that somebody chooses from which of its addresses it is asked. */
function fetchThrough(way: {
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
