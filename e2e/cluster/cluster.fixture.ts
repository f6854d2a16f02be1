// Three PostgreSQL servers under Patroni with one etcd, HAProxy and PgBouncer, all with the files of deploy/cluster, on a loopback network of their own.
import { Client } from 'pg'
import { findProgram, howToGet } from '@countersign/testing/debian'
import { scratch } from '@countersign/testing/files'
import { loopbackNetwork, untilItListens } from '@countersign/testing/http'
import { findPostgresSkip } from '@countersign/testing/postgres'
import { unprivileged } from '@countersign/testing/postgres-process'
import { formOf } from '@countersign/testing/proofs'
import { start } from '@countersign/testing/process'
import {
  createClusterFiles,
  members,
  passwords,
  type ClusterPlace,
  type Member,
} from './cluster-files.fixture.ts'
import { startPatroni, type Patroni } from './patroni.fixture.ts'

/** The programs, and the Debian packages that have them. */
const programs = {
  etcd: 'etcd-server',
  patroni: 'patroni',
  haproxy: 'haproxy',
  pgbouncer: 'pgbouncer',
  pgbackrest: 'pgbackrest',
  curl: 'curl', // the timer of the backups
} as const

/** Returns why tests with a cluster are skipped; false if they run. */
function findClusterSkip(): string | false {
  const missing = Object.entries(programs).find((one) => findProgram(...one) === undefined)
  return findPostgresSkip() || (missing !== undefined && howToGet(missing[1]))
}

/** Returns why the proofs of `npm run cluster` are skipped: each takes minutes. */
export function findProofSkip(): string | false {
  return formOf({ short: () => 'a long proof: npm run cluster', long: findClusterSkip })()
}

/** A database of three servers, of which one can be lost. */
export interface Cluster extends Patroni, ClusterPlace {
  /** The URL of the database for a server of Countersign: through HAProxy, which finds the primary. */
  readonly url: string
  /** The same through PgBouncer. */
  readonly poolerUrl: string
  /** Returns the URL of the primary itself. */
  memberUrl(): Promise<string>
  /** Stops HAProxy without ending its connections, and returns what lets it go on: what was sent meanwhile arrives then. */
  cutOff(): () => void
  /** Runs a statement in the database as the superuser, on the primary or another member. */
  query(text: string, member?: Member): Promise<readonly Record<string, unknown>[]>
}

/** Starts a cluster with an empty database and its role. */
export async function startCluster(): Promise<Cluster> {
  const stack = new AsyncDisposableStack()
  try {
    return await launchCluster(stack)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function launchCluster(stack: AsyncDisposableStack): Promise<Cluster> {
  const folder = stack.use(scratch()).path
  const place = { folder, owner: unprivileged(), network: await loopbackNetwork() }
  const { network } = place
  const files = createClusterFiles(place)
  const launch = (name: keyof typeof programs, args: readonly string[], ready: RegExp, env = {}) =>
    start([findProgram(name) ?? name, ...args], {
      ...place.owner,
      cwd: folder,
      tied: true,
      ready,
      env,
    })
  stack.use(await launch('etcd', [], /ready to serve client requests/, files.etcd()))
  const patroni = stack.use(
    await startPatroni((member, ready) => {
      const { file, env } = files.patroni(member)
      return launch('patroni', [file], ready, env)
    }, place),
  )
  const haproxy = stack.use(
    await launch('haproxy', ['-db', '-V', '-f', files.haproxy()], /Using \w+\(\)/),
  )
  await untilItListens(`${network}.1`, 5432)
  stack.use(await launch('pgbouncer', [files.pgbouncer()], /process up/))
  await patroni.whole()
  const query = (text: string, member: Member, database?: string) =>
    queryAt(urlOf(`${network}.${members[member]}:5432`, 'postgres', database), text)
  for (const statement of [
    `create role countersign login password '${passwords.countersign}'`,
    'create database countersign owner countersign',
  ])
    await query(statement, await patroni.primary(), 'postgres')
  return {
    ...patroni,
    ...place,
    url: urlOf(`${network}.1:5432`, 'countersign'),
    poolerUrl: urlOf(`${network}.1:6432`, 'countersign'),
    memberUrl: async () =>
      urlOf(`${network}.${members[await patroni.primary()]}:5432`, 'countersign'),
    cutOff() {
      haproxy.signal('SIGSTOP')
      return () => haproxy.signal('SIGCONT')
    },
    query: async (text, member) => query(text, member ?? (await patroni.primary())),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const urlOf = (host: string, role: keyof typeof passwords, database = 'countersign') =>
  `postgres://${role}:${passwords[role]}@${host}/${database}`

/** Runs a statement in the database of a URL, on a connection of its own. */
export async function queryAt(url: string, text: string) {
  const client = new Client(url)
  await client.connect()
  try {
    return (await client.query(text)).rows as readonly Record<string, unknown>[]
  } finally {
    await client.end()
  }
}
