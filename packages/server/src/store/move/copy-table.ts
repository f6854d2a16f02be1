import { sql, type Kysely } from 'kysely'
import type { Schema } from '../tables/schema.ts'
import type { MovedTable } from './moved-tables.ts'

/** A row as both databases have it: every column is text or a whole number. */
type Row = Readonly<Record<string, string | number | null>>

/** Runs a change of the target in a transaction of its own, as long as this process owns the move. */
export type WriteTarget = (work: (tx: Kysely<Schema>) => Promise<void>) => Promise<void>

/** A table on both sides of a move. */
export interface Copy {
  readonly table: MovedTable
  readonly source: Kysely<Schema>
  readonly target: Kysely<Schema>
  readonly write: WriteTarget
}

const rowsPerPage = 1_000 // of 25 columns at most: SQLite takes 32,766 parameters in a statement

/**
 * Deletes the rows of the target that the source does not have, or has with other values. So no row that is added afterwards meets a value that must
 * be unique in an old one.
 */
export async function deleteDifferent({ table, source, target, write }: Copy): Promise<void> {
  for await (const found of pagesOf(target, table)) {
    const wanted = byKey(await findRows(source, table, found), table)
    const different = found.filter((row) => !isSame(row, wanted.get(keyOf(row, table))))
    if (different.length > 0) await write((tx) => deleteRows(tx, table, different))
  }
}

/**
 * Adds the rows that the target lacks. While the source changes (`changing`), its tables are not read at one moment: a row whose parent is missing, or
 * which meets another one with the same unique value, is left to the copy that follows when the source is frozen.
 */
export async function addMissing(
  { table, source, target, write }: Copy,
  {
    changing,
    onRows,
  }: { readonly changing: boolean; readonly onRows: (count: number) => Promise<void> },
): Promise<void> {
  const after = table.grows ? await greatestRow(target, table) : undefined
  for await (const wanted of pagesOf(source, table, after)) {
    const present = byKey(await findRows(target, table, wanted), table)
    const missing = wanted.filter((row) => !present.has(keyOf(row, table)))
    if (missing.length > 0)
      await write(async (tx) => {
        const rows = changing ? await withParents(tx, table, missing) : missing
        if (rows.length > 0) await insertRows(tx, table, rows, changing)
      })
    await onRows(wanted.length)
  }
}

/** Counts the rows of a table. */
export async function countRows(db: Kysely<Schema>, { name }: MovedTable): Promise<number> {
  const { rows } = await sql<{
    rows: number
  }>`select count(*) as rows from ${sql.table(name)}`.execute(db)
  return rows[0]?.rows ?? 0
}

async function* pagesOf(
  db: Kysely<Schema>,
  table: MovedTable,
  start?: Row,
): AsyncGenerator<readonly Row[]> {
  const columns = keyColumns(table)
  const key = sql.join(columns.map((column) => sql.ref(column)))
  for (let after = start, more = true; more;) {
    const last = after && sql.join(columns.map((column) => after?.[column]))
    const beyond = last === undefined ? sql`` : sql`where (${key}) > (${last})`
    const { rows } = await sql<Row>`select * from ${sql.table(table.name)} ${beyond}
      order by ${key} limit ${rowsPerPage}`.execute(db)
    if (rows.length > 0) yield rows
    after = rows.at(-1)
    more = rows.length === rowsPerPage
  }
}

async function findRows(
  db: Kysely<Schema>,
  table: MovedTable,
  keys: readonly Row[],
): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`select * from ${sql.table(table.name)}
    where ${hasKeyOf(keys, table)}`.execute(db)
  return rows
}

/** Returns the row with the greatest key, of a table whose key is one column. */
async function greatestRow(
  db: Kysely<Schema>,
  { name, key }: MovedTable,
): Promise<Row | undefined> {
  const { rows } = await sql<Row>`select ${sql.ref(key)} from ${sql.table(name)}
    order by ${sql.ref(key)} desc limit 1`.execute(db)
  return rows[0]
}

async function deleteRows(
  tx: Kysely<Schema>,
  table: MovedTable,
  keys: readonly Row[],
): Promise<void> {
  await sql`delete from ${sql.table(table.name)} where ${hasKeyOf(keys, table)}`.execute(tx)
}

/** Returns the condition that a row has one of these keys. One condition for each key would be too deep an expression for SQLite. */
function hasKeyOf(keys: readonly Row[], table: MovedTable) {
  const [first = '', second] = keyColumns(table)
  const isIn = (column: string, rows: readonly Row[]) =>
    sql`${sql.ref(column)} in (${sql.join(rows.map((row) => row[column]))})`
  if (second === undefined) return isIn(first, keys)
  const groups = [...Map.groupBy(keys, (row) => row[first])].map(
    ([value, rows]) => sql`(${sql.ref(first)} = ${value} and ${isIn(second, rows)})`,
  )
  return sql`(${sql.join(groups, sql` or `)})`
}

async function insertRows(
  tx: Kysely<Schema>,
  { name }: MovedTable,
  rows: readonly Row[],
  changing: boolean,
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const values = rows.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`)
  const names = sql.join(columns.map((column) => sql.ref(column)))
  const conflict = changing ? sql`on conflict do nothing` : sql``
  await sql`insert into ${sql.table(name)} (${names}) values ${sql.join(values)} ${conflict}`.execute(
    tx,
  )
}

/** Leaves out the rows whose parent the target does not have. */
async function withParents(
  tx: Kysely<Schema>,
  { parent }: MovedTable,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  if (!parent) return rows
  const { table, column } = parent
  const wanted = [...new Set(rows.flatMap((row) => row[column] ?? []))]
  if (wanted.length === 0) return rows
  const parents = { name: table, key: 'id' }
  const keys = wanted.map((id) => ({ id }))
  const found = byKey(await findRows(tx, parents, keys), parents)
  return rows.filter((row) => row[column] === null || found.has(String(row[column])))
}

/** Returns the columns of a primary key: one or two. */
function keyColumns({ key }: MovedTable): readonly string[] {
  return key.split(' ')
}

function keyOf(row: Row, table: MovedTable): string {
  return keyColumns(table)
    .map((column) => String(row[column]))
    .join(' ')
}

function byKey(rows: readonly Row[], table: MovedTable): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [keyOf(row, table), row]))
}

function isSame(row: Row, other: Row | undefined): boolean {
  return other !== undefined && Object.keys(row).every((column) => row[column] === other[column])
}
