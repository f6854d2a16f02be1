import type { ConnectionReport, DatabaseReport } from '../../maintenance.ts'
import { bad, ok, warn, type Finding } from './assessments.ts'

// Turns facts about the database into findings. Pure.

/** Assesses whether the database can be written: on a standby every sign-in fails. */
export function assessWrites({ readOnly }: Pick<DatabaseReport, 'readOnly'>): Finding {
  if (readOnly === undefined) return ok('the database can be written')
  if (readOnly !== 'standby')
    return bad(`read-only: ${readOnly} is on`, `unset ${readOnly} for this database and its role`)
  return bad(
    'read-only: it is a standby',
    'name the primary in database.url, best with all hosts that can become it: postgres://…@a,b/…',
  )
}

/** Assesses the part of the database in a move; no finding if it has none. */
export function assessMove({ move }: Pick<DatabaseReport, 'move'>): readonly Finding[] {
  const advice = 'repeat `countersign move`, which continues'
  switch (move) {
    case undefined:
      return []
    case 'moved':
      return [bad('the database was moved to another one', 'set database.url to the new database')]
    case 'arriving':
      return [bad('a move to this database has not finished', advice)]
    case 'frozen':
      return [bad('read-only: the database is being moved', `${advice}, or add --cancel`)]
    case 'copying':
      return [warn('a move has begun to copy the database', `${advice}, or add --cancel`)]
  }
}

/** Assesses whether commits survive a power cut: a lost rotation or logout would bring ended sessions back. */
export function assessDurability({ durability }: Pick<DatabaseReport, 'durability'>): Finding {
  const wrong = durability.filter(([, is, wanted]) => is !== wanted)
  const listed = (rows: typeof durability) => rows.map(([name, is]) => `${name} = ${is}`).join(', ')
  if (wrong.length === 0) return ok(listed(durability))
  const should = wrong.map(([name, , wanted]) => `${name} = ${wanted}`).join(', ')
  return bad(listed(wrong), `set ${should}: otherwise a power cut can bring ended sessions back`)
}

/** Assesses whether a commit outlives the server that made it: one that no standby has is lost in a failover. */
export function assessStandbys({
  replication,
}: Pick<DatabaseReport, 'replication'>): readonly Finding[] {
  if (!replication) return []
  const { standbys, synchronous } = replication
  if (synchronous !== '') return [ok(`each commit waits for ${synchronous}`)]
  if (standbys === 0) return [ok('no standby follows this server')]
  return [
    warn(
      `standbys: ${standbys}; no commit waits for one`,
      'set synchronous_standby_names, such as ANY 1 (*): otherwise a failover can undo a confirmed sign-out',
    ),
  ]
}

/** Assesses whether servers hear of one another's changes at once. */
export function assessNotifications({ isPooled, notifies }: ConnectionReport): Finding {
  const way = isPooled ? 'database.url leads to a pooler' : 'no pooler'
  if (notifies) return ok(`they arrive; ${way}`)
  return warn(
    `they do not arrive; ${way}`,
    'set database.listen_url to the database without the pooler: until then a session that ends is accepted by other servers for up to 1.1 s. Or set revocation.notify to off',
  )
}
