import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from '@countersign/testing/process'
import { members, type Member } from './cluster-files.fixture.ts'

const names = Object.keys(members) as readonly Member[]
const maxMilliseconds = 120_000 // without a primary: a failover takes up to 22 s

/** The three PostgreSQL servers under Patroni. */
export interface Patroni extends AsyncDisposable {
  /** Returns the primary, as soon as there is one. */
  primary(): Promise<Member>
  /** Waits until there is a primary, and the other two follow it, one of them synchronously. */
  whole(): Promise<void>
  /** Kills a member with everything that runs on it, as if its machine had lost power. */
  kill(member: Member): void
  /** Starts a member again. */
  revive(member: Member): Promise<void>
  /** Restarts the PostgreSQL of a member. */
  restart(member: Member): Promise<void>
  /** Hands the role of the primary over to a standby, as planned. */
  switchOver(): Promise<void>
}

/** A member, as Patroni reports it. */
interface Reported {
  readonly role: string
  readonly state: string
}

/** Starts the members: the first creates the database, the others copy it. `launch` starts one and waits until its output matches. */
export async function startPatroni(
  launch: (member: Member, ready: RegExp) => Promise<Running>,
  { folder, network }: { readonly folder: string; readonly network: string },
): Promise<Patroni> {
  const running = new Map<Member, Running>()
  const startMember = async (member: Member, ready: RegExp) =>
    void running.set(member, await launch(member, ready))
  const addressOf = (member: Member) => `http://${network}.${members[member]}:8008`
  const askAll = (path: string) => Promise.all(names.map((name) => ask(addressOf(name) + path)))
  const primary = async () => {
    for (const begun = Date.now(); ;) {
      const found = names[(await askAll('/primary')).findIndex((one) => one?.status === 200)]
      if (found) return found
      assert.ok(Date.now() < begun + maxMilliseconds, 'there is no primary')
      await wait(50)
    }
  }
  const order = async (member: Member, path: string, body: object) => {
    const init = { method: 'POST', body: JSON.stringify(body) }
    const answer = await fetch(`${addressOf(member)}/${path}`, init)
    assert.equal(answer.status, 200, await answer.text())
  }
  await startMember('db1', /the leader with the lock/)
  await Promise.all([startMember('db2', /a secondary/), startMember('db3', /a secondary/)])
  return {
    primary,
    async whole() {
      for (let left = 600; ; left--) {
        const reported = (await askAll('/cluster')).flatMap((one) => one?.members ?? [])
        const runs = (role: string) => reported.some((one) => one.role === role && /^(running|streaming)$/.test(one.state)) // prettier-ignore
        if (['leader', 'sync_standby', 'replica'].every(runs)) return
        assert.ok(left > 0, `not whole: ${JSON.stringify(reported)}`)
        await wait(200)
      }
    },
    kill(member) {
      const [first] = readFileSync(join(folder, member, 'data/postmaster.pid'), 'utf8').split('\n')
      const children = readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim()
      const group = -(running.get(member)?.pid ?? 0)
      for (const pid of [group, Number(first), ...children.split(' ').map(Number)]) killNow(pid)
    },
    async revive(member) {
      await running.get(member)?.ended
      await startMember(member, /a secondary|the leader with the lock/)
    },
    restart: (member) => order(member, 'restart', {}),
    async switchOver() {
      const leader = await primary()
      await order(leader, 'switchover', { leader })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.values()].map((one) => one.stop()))
    },
  }
}

/** Returns the answer of Patroni, or `undefined` if there is none. */
async function ask(url: string) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) })
    const body = (await answer.json()) as { readonly members?: readonly Reported[] }
    return { status: answer.status, members: body.members }
  } catch {
    return undefined // it is dead, or not yet ready
  }
}

/** Kills a process or a group, if it still runs. */
function killNow(pid: number): void {
  try {
    if (pid !== 0) process.kill(pid, 'SIGKILL')
  } catch {
    // it ended between two lines
  }
}
