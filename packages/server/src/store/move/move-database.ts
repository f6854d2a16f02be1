import type { Seconds } from '@countersign/token/internal'
import type { Kysely } from 'kysely'
import { fail } from '../../failures.ts'
import { migrate, migrationState } from '../migrate.ts'
import { findMove, findMoveWith, lockMove } from '../tables/moves.ts'
import type { MoveRow } from '../tables/database-rows.ts'
import type { Schema } from '../tables/schema.ts'
import { addMissing, countRows, deleteDifferent, type WriteTarget } from './copy-table.ts'
import { freeze, thaw } from './freeze.ts'
import { movedTables, type MovedTable } from './moved-tables.ts'

// Moves all rows from one database to another while servers use the first. Each step can be killed and repeated:
//
// 1. copying: the rows are copied while servers change them. The source does not notice.
// 2. frozen: the source refuses changes, and the copy is compared row by row and corrected. Servers answer reads, and 503 to what writes.
// 3. moved: no server opens the source any more, and no command unfreezes it.
// 4. the target, which no server has opened so far, records the move and is opened.
//
// So there is no moment at which both can be written, and none after 3 at which a server opens the source.

/** The progress of a move: the step that has ended, or the rows of a table that were compared so far. */
export type MoveProgress =
  | { readonly step: 'prepared' | 'copied' | 'frozen' | 'compared' | 'moved' | 'opened' }
  | { readonly table: string; readonly rows: number; readonly of: number }

/** The options of {@link moveDatabase}. */
export interface MoveOptions {
  /** A name of this run that no other one has. */
  readonly owner: string
  readonly now: Seconds
  /** Called in the transaction that opens the target, to record the move. */
  readonly record: (tx: Kysely<Schema>) => Promise<void>
  readonly onProgress?: (progress: MoveProgress) => void | Promise<void>
}

/** The number of rows of each table that were moved. */
export type MovedRows = Readonly<Record<string, number>>

/**
 * Moves all rows of `source` to `target`, which must be empty. A killed move is repeated with the same two databases. Fails with
 * `database_missing`, `migrations_pending`, `move_version_differs`, `move_target_not_empty`, `move_under_way`, `database_moved` and `move_unfinished`.
 */
export async function moveDatabase(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  options: MoveOptions,
): Promise<MovedRows> {
  const { onProgress = () => {} } = options
  const id = await prepare(source, target, options)
  await onProgress({ step: 'prepared' })
  const write: WriteTarget = (work) =>
    target.transaction().execute(async (tx) => {
      await assertOwner(tx, options.owner)
      await work(tx)
    })
  const sides = { source, target, write }
  if ((await findMove(source))?.state === 'copying') {
    await copyAll(sides, true, onProgress)
    await onProgress({ step: 'copied' })
    await freezeSource(source, id)
  }
  await onProgress({ step: 'frozen' })
  const rows = await copyAll(sides, false, onProgress)
  await onProgress({ step: 'compared' })
  await markMoved(source, id)
  await onProgress({ step: 'moved' })
  await write(async (tx) => {
    await tx.deleteFrom('moves').execute()
    await options.record(tx)
  })
  await onProgress({ step: 'opened' })
  return rows
}

/** Returns the rows of each table, of which a move would have to copy as many. Changes nothing. Fails as {@link moveDatabase} does. */
export async function planMove(source: Kysely<Schema>, target: Kysely<Schema>): Promise<MovedRows> {
  await assertMovable(source, target)
  return countAll(source)
}

/** Checks both databases, without a change of either: a move that is refused makes no tables in the target. */
async function assertMovable(source: Kysely<Schema>, target: Kysely<Schema>): Promise<void> {
  if ((await migrationState(source)).done.length === 0)
    throw fail('database_missing', {
      detail: `database.url names a database without tables of Countersign; ${stayOld}`,
    })
  await assertSameVersion(source)
  const { done, pending } = await migrationState(target)
  const [from, to] = [await findMove(source), await findMoveWith(pending, target)]
  judge(from, to)
  if (done.length > 0 && to === undefined) await assertEmpty(target)
}

/** Ends a move that has not come to its third step, and lets the source be written again. Fails with `database_moved`; returns false if there is no move. */
export async function cancelMove(source: Kysely<Schema>): Promise<boolean> {
  return source.transaction().execute(async (tx) => {
    const move = await lockMove(tx)
    if (move?.state === 'moved') throw fail('database_moved', { detail: noWayBack })
    if (move?.state !== 'copying' && move?.state !== 'frozen') return false
    await thaw(tx)
    await tx.deleteFrom('moves').execute()
    return true
  })
}

const stayOld = 'it must be the old database until the move has ended'

/** Returns the failure of a move whose target is the database of the settings. */
export function targetIsSource() {
  return fail('move_target_not_empty', { detail: `database.url already names it; ${stayOld}` })
}

const noWayBack = 'to go back, move the new database to another one'

/** Enters the move on both sides, and returns its id. */
async function prepare(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  { owner, now }: MoveOptions,
): Promise<string> {
  await assertMovable(source, target)
  await migrate(target)
  await assertSameVersion(target)
  const verdict = judge(await findMove(source), await findMove(target))
  if (verdict === 'resume') {
    await target.updateTable('moves').set({ owner }).execute()
    return (await findMove(target))?.id ?? owner
  }
  await source.transaction().execute(async (tx) => {
    await tx.deleteFrom('moves').where('state', '=', 'copying').execute() // of a move that was killed before it had a target
    await tx.insertInto('moves').values({ id: owner, state: 'copying', owner, at: now }).execute()
  })
  if ((await findMove(target))?.id === owner) {
    await source.deleteFrom('moves').where('id', '=', owner).execute()
    throw targetIsSource()
  }
  await target
    .insertInto('moves')
    .values({ id: owner, state: 'arriving', owner, at: now })
    .execute()
  // Afterwards, so that no server opens the target between the two.
  await assertEmpty(target).catch(async (error: unknown) => {
    for (const db of [target, source])
      await db.deleteFrom('moves').where('id', '=', owner).execute()
    throw error
  })
  return owner
}

/** Judges whether a move may begin, or be resumed. Pure. */
function judge(source: MoveRow | undefined, target: MoveRow | undefined): 'begin' | 'resume' {
  const isSame = source !== undefined && source.id === target?.id
  if (isSame && source.state !== 'arriving' && target?.state === 'arriving') return 'resume'
  if (source?.state === 'arriving') throw fail('move_unfinished', { detail: 'it is the source' })
  if (source?.state === 'moved') throw fail('database_moved', { detail: noWayBack })
  if (source?.state === 'frozen')
    throw fail('move_under_way', {
      detail:
        'this database is being moved to another target: repeat that move, or cancel it with --cancel',
    })
  if (target)
    throw fail('move_target_not_empty', {
      detail: 'another move has begun to fill it, or it was moved itself',
    })
  return 'begin'
}

async function assertSameVersion(db: Kysely<Schema>): Promise<void> {
  const { pending, unknown } = await migrationState(db)
  if (pending.length > 0)
    throw fail('migrations_pending', {
      detail: `${pending.join(', ')}; run \`countersign migrate apply\` on the source first`,
    })
  if (unknown.length > 0) throw fail('move_version_differs', { detail: unknown.join(', ') })
}

async function assertEmpty(target: Kysely<Schema>): Promise<void> {
  for (const table of movedTables)
    if ((await countRows(target, table)) > 0)
      throw fail('move_target_not_empty', { detail: `it has rows in ${table.name}` })
}

async function assertOwner(tx: Kysely<Schema>, owner: string): Promise<void> {
  if ((await lockMove(tx))?.owner !== owner)
    throw fail('move_under_way', { detail: 'another process has taken this move over' })
}

/** Makes the rows of the target equal to those of the source; while that changes, nearly equal. Returns how many there are. */
async function copyAll(
  sides: { source: Kysely<Schema>; target: Kysely<Schema>; write: WriteTarget },
  changing: boolean,
  onProgress: (progress: MoveProgress) => void | Promise<void>,
): Promise<MovedRows> {
  const { source, target } = sides
  for (const table of movedTables) await deleteDifferent({ ...sides, table })
  for (const table of movedTables) {
    const of = await countRows(source, table)
    // The rows left in the target are equal to rows of the source: as many rows are the same rows.
    if (!changing && (await countRows(target, table)) === of) continue
    let rows = 0
    const onRows = async (count: number) =>
      onProgress({ table: table.name, rows: (rows += count), of })
    await addMissing({ ...sides, table }, { changing, onRows })
  }
  if (!changing) for (const table of movedTables) await assertSameCount(source, target, table)
  return countAll(source)
}

async function assertSameCount(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  table: MovedTable,
): Promise<void> {
  const [from, to] = [await countRows(source, table), await countRows(target, table)]
  if (from !== to) throw new Error(`of ${from} rows of ${table.name}, ${to} have arrived`)
}

async function countAll(db: Kysely<Schema>): Promise<MovedRows> {
  const counts: [string, number][] = []
  for (const table of movedTables) counts.push([table.name, await countRows(db, table)])
  return Object.fromEntries(counts)
}

async function freezeSource(source: Kysely<Schema>, id: string): Promise<void> {
  const isFrozen = await freeze(source, async (tx) => {
    const ours = tx.updateTable('moves').set({ state: 'frozen' })
    const changed = await ours
      .where('id', '=', id)
      .where('state', '=', 'copying')
      .executeTakeFirst()
    return changed.numUpdatedRows === 1n
  })
  const move = isFrozen ? undefined : await findMove(source)
  if (!isFrozen && (move?.id !== id || move.state === 'copying')) throw cancelled()
}

async function markMoved(source: Kysely<Schema>, id: string): Promise<void> {
  const ours = source.updateTable('moves').set({ state: 'moved' }).where('id', '=', id)
  await ours.where('state', 'in', ['frozen', 'moved']).executeTakeFirst()
  const move = await findMove(source)
  if (move?.id !== id || move.state !== 'moved') throw cancelled()
}

const cancelled = () => fail('move_under_way', { detail: 'the move was cancelled meanwhile' })
