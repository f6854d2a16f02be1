import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@countersign/testing/files'
import { substituted } from '@countersign/testing/guides'
import type { Owner } from '@countersign/testing/postgres-process'

/** The members of the cluster, by the last number of their addresses. */
export const members = { db1: 11, db2: 12, db3: 13 } as const

/** The name of a member. */
export type Member = keyof typeof members

/** The passwords of the database roles. */
export const passwords = { postgres: 'planted-superuser', countersign: 'planted-role' } as const

type Changes = Readonly<Record<string, string>>

/** The place on this machine where a cluster lives. */
export interface ClusterPlace {
  readonly folder: string
  readonly owner: Owner
  /** The beginning of the addresses. */
  readonly network: string
}

/** Makes what writes the files of deploy/cluster for a place: with other addresses and folders, and with nothing else changed. */
export function createClusterFiles({ folder, owner: { uid, gid = 0 }, network }: ClusterPlace) {
  const own = (path: string) => {
    if (uid !== undefined) chownSync(path, uid, gid)
    return path
  }
  const makeFolder = (name: string) => {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return own(path)
  }
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return own(join(folder, name))
  }
  const read = (name: string, changes: Changes) =>
    substituted(readFileSync(join(root, 'deploy/cluster', name), 'utf8'), changes)
  own(folder)
  chmodSync(folder, 0o711)
  const hosts = { '10.0.0.': `${network}.` }
  const beside = { '127.0.0.1': `${network}.1` }
  const repository = { '/var/lib/pgbackrest': makeFolder('repository') }
  const placesOf = (member: Member) => ({
    '/var/lib/postgresql/15/countersign': join(folder, member, 'data'),
    '/var/run/postgresql': join(folder, member),
  })
  return {
    /** Returns the environment of the only etcd. */
    etcd() {
      const only = { ',db2=http://10.0.0.12:2380,db3=http://10.0.0.13:2380': '' }
      const data = { '/var/lib/etcd/countersign': makeFolder('etcd') }
      return variablesOf(read('etcd.env', { ...only, ...hosts, ...data }))
    },
    /** Returns the file of a member, and its environment. */
    patroni(member: Member) {
      makeFolder(member)
      const changes = {
        '10.0.0.11:2379,10.0.0.12:2379,10.0.0.13:2379': '10.0.0.11:2379',
        '10.0.0.0/24': '127.0.0.0/8', // the address that connections on this machine come from
        ...placesOf(member),
        '/var/lib/postgresql/pgpass-patroni': join(folder, member, 'pgpass'),
        ...hosts,
      }
      const file = write(`${member}/patroni.yaml`, read('patroni.yaml', changes))
      const settings = read('pgbackrest.conf', { ...placesOf(member), ...repository })
      const env = read('patroni.env', {
        db1: member,
        '10.0.0.11': `${network}.${members[member]}`,
        'change-me-1': passwords.postgres,
      })
      const backup = { PGBACKREST_CONFIG: write(`${member}/pgbackrest.conf`, settings) }
      return { file, env: { ...variablesOf(env), ...backup } }
    },
    /** Returns the file of HAProxy in front of the members. */
    haproxy: () => write('haproxy.cfg', read('haproxy-database.cfg', { ...hosts, ...beside })),
    /** Returns the file of PgBouncer in front of HAProxy. */
    pgbouncer() {
      const users = write('userlist.txt', `"countersign" "${passwords.countersign}"\n`)
      const places = { '/etc/pgbouncer/userlist.txt': users, '/var/run/postgresql': folder }
      const changes = { ...beside, ...places }
      return write('pgbouncer.ini', read('pgbouncer.ini', changes))
    },
  }
}

/** Returns the variables of a file of the environment. */
function variablesOf(text: string): Readonly<Record<string, string>> {
  const lines = text.matchAll(/^(\w+)=(.*)$/gm)
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]))
}
