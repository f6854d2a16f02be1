import type { Kysely } from 'kysely'
import type { EnrolledFactorTables } from '../../domain/factors/enrolled-factors.ts'
import { hasFactor } from '../../domain/factors/factor-policy.ts'
import { compileOnce, type Value } from './compile-once.ts'
import type { Schema } from './schema.ts'

const countFactors = compileOnce((db, value: Value<{ userId: string }>) =>
  db.selectNoFrom((from) => [
    from
      .selectFrom('totp')
      .select(from.fn.countAll().as('count'))
      .where('user_id', '=', value('userId'))
      .where('encrypted', 'is not', null)
      .as('totp'),
    from
      .selectFrom('passkeys')
      .select(from.fn.countAll().as('count'))
      .where('user_id', '=', value('userId'))
      .as('passkeys'),
    from
      .selectFrom('recovery_codes')
      .select(from.fn.countAll().as('count'))
      .where('user_id', '=', value('userId'))
      .as('codes'),
  ]),
)

/** The second factors of users, counted over their tables. */
export function enrolledFactorsTable(db: Kysely<Schema>): EnrolledFactorTables['enrolledFactors'] {
  return {
    async find(userId) {
      const [row] = (await countFactors(db, { userId })).rows
      const found = { totp: Number(row?.totp) > 0, passkeys: Number(row?.passkeys) }
      // they go with the last factor, and are none by themselves
      return { ...found, recoveryCodes: hasFactor(found) ? Number(row?.codes) : 0 }
    },
  }
}
