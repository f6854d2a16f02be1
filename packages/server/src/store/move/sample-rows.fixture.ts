import { sql, type Kysely } from 'kysely'
import { isSqlite } from '../dialect.ts'
import type { Schema } from '../tables/schema.ts'
import { movedTables } from './moved-tables.ts'

/** A table as the database describes it. */
export interface DescribedTable {
  readonly name: string
  readonly primaryKey: readonly string[]
  /** The columns with a foreign key, and the tables that they refer to. */
  readonly parents: readonly (readonly [column: string, table: string])[]
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly nullable: boolean
  }[]
}

// Tables of Kysely, and those that SQLite makes for its index of the search of users.
const derived = /^(kysely_|sqlite_|user_search$|user_trigrams)/

/** Describes every table of a database but those that are derived. */
export async function tablesOf(db: Kysely<Schema>): Promise<readonly DescribedTable[]> {
  const names = isSqlite(db)
    ? sql<{ name: string }>`select name from sqlite_schema where type = 'table'`
    : sql<{
        name: string
      }>`select tablename as name from pg_tables where schemaname = current_schema()`
  const { rows } = await names.execute(db)
  const own = rows.filter(({ name }) => !derived.test(name))
  return Promise.all(
    own.map(({ name }) => (isSqlite(db) ? sqliteTable(db, name) : postgresTable(db, name))),
  )
}

async function sqliteTable(db: Kysely<Schema>, name: string): Promise<DescribedTable> {
  const columns = await sql<{ name: string; type: string; notnull: number; pk: number }>`
    select * from pragma_table_info(${name})`.execute(db)
  const parents = await sql<{ from: string; table: string }>`
    select * from pragma_foreign_key_list(${name})`.execute(db)
  return {
    name,
    primaryKey: columns.rows.filter(({ pk }) => pk > 0).map((one) => one.name),
    parents: parents.rows.map(({ from, table }) => [from, table] as const),
    columns: columns.rows.map(({ name: column, type, notnull, pk }) => ({
      name: column,
      type,
      nullable: notnull === 0 && pk === 0,
    })),
  }
}

async function postgresTable(db: Kysely<Schema>, name: string): Promise<DescribedTable> {
  const columns = await sql<{ name: string; type: string; nullable: boolean }>`
    select attname as name, format_type(atttypid, null) as type, not attnotnull as nullable
    from pg_attribute where attrelid = ${name}::regclass and attnum > 0 and not attisdropped
    order by attnum`.execute(db)
  const constraints = await sql<{ kind: string; column: string; parent: string | null }>`
    select contype::text as kind, attname as column, nullif(confrelid, 0)::regclass::text as parent
    from pg_constraint join pg_attribute on attrelid = conrelid and attnum = any(conkey)
    where conrelid = ${name}::regclass and contype in ('p', 'f')`.execute(db)
  return {
    name,
    primaryKey: constraints.rows.filter(({ kind }) => kind === 'p').map(({ column }) => column),
    parents: constraints.rows.flatMap(({ column, parent }) =>
      parent === null ? [] : [[column, parent] as const],
    ),
    columns: columns.rows,
  }
}

const texts = ['', 'plain', 'Ünïcödé 🙂 \u0301 " \' \\ \n\t']
const numbers = [0, 1, Number.MAX_SAFE_INTEGER]

/** Writes three rows into each table: the empty text, the greatest number and null are among their values. */
export async function writeSampleRows(db: Kysely<Schema>): Promise<void> {
  const tables = await tablesOf(db)
  for (const { name, key, parent } of movedTables) {
    const columns = tables.find((one) => one.name === name)?.columns ?? []
    const isKey = (column: string) => key.split(' ').includes(column)
    for (const nth of [0, 1, 2]) {
      const values = columns.map((column) => {
        if (column.name === parent?.column || (isKey(column.name) && column.type !== 'bigint'))
          return `${parent && column.name === parent.column ? parent.table : name}-${nth}`
        if (column.nullable && nth === 1) return null
        if (column.type === 'bigint') return isKey(column.name) ? nth + 1 : numbers[nth]
        return `${texts[nth]}${column.name}-${nth}`
      })
      await sql`insert into ${sql.table(name)} (${sql.join(columns.map((one) => sql.ref(one.name)))})
        values (${sql.join(values)})`.execute(db)
    }
  }
}
