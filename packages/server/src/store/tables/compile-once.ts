import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely'
import { isSqlite } from '../dialect.ts'
import type { Schema } from './schema.ts'

/** The place of a value in a compiled statement. */
class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** Returns what stands for a value that each run supplies, while a statement is built. */
export type Value<Values> = <Name extends keyof Values & string>(name: Name) => Values[Name]

/**
 * Makes a function that runs one statement, compiled once for each kind of database: to build and compile it takes Kysely longer than SQLite needs to
 * run it. For statements of every refresh and sign-in whose text is always the same.
 */
export function compileOnce<Values extends object, Row>(
  build: (db: Kysely<Schema>, value: Value<Values>) => Compilable<Row>,
): (db: Kysely<Schema>, values: Values) => Promise<QueryResult<Row>> {
  const compiled = new Map<boolean, CompiledQuery<Row>>()
  return async (db, values) => {
    const kind = isSqlite(db)
    // a place has the type of its value for the builder, which only passes it on
    const fresh = () => build(db, (name) => new Placeholder(name) as never).compile()
    const query = compiled.get(kind) ?? fresh()
    compiled.set(kind, query)
    db.getExecutor().transformQuery(query.query, query.queryId) // the plugins refuse the outer store inside a transaction
    const given = values as Readonly<Record<string, unknown>>
    const parameters = query.parameters.map((one) =>
      one instanceof Placeholder ? given[one.name] : one,
    )
    return db.executeQuery({ ...query, parameters })
  }
}
