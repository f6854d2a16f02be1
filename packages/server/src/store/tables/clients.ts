import type { Jwks } from '@countersign/token'
import type { ExpressionBuilder, Kysely } from 'kysely'
import type { Application } from '../../domain/clients/application.ts'
import type { Client, ClientGrant } from '../../domain/clients/client.ts'
import type { Clients, StoredSecret } from '../../domain/clients/clients.ts'
import type { ClientRow, ClientSecretRow } from './client-rows.ts'
import type { Schema } from './schema.ts'
import { joinWords, splitWords } from './words.ts'

const minUseInterval = 60 // seconds between two writes of `last_used_at`

/** The tables clients, client_secrets and assertions. */
export function clientsTable(db: Kysely<Schema>): Clients {
  return { ...clients(db), ...clientChanges(db), ...unused(db), ...secrets(db), ...assertions(db) }
}

function clients(
  db: Kysely<Schema>,
): Pick<Clients, 'find' | 'findByName' | 'findByTrust' | 'lock' | 'list' | 'add'> {
  const all = () => db.selectFrom('clients').selectAll()
  return {
    async find(id) {
      const row = await all().where('id', '=', id).executeTakeFirst()
      return row && toClient(row)
    },

    async findByName(name) {
      const row = await all().where('name', '=', name).executeTakeFirst()
      return row && toClient(row)
    },

    async findByTrust(issuer, subject) {
      const query = all().where('trust_issuer', '=', issuer).where('trust_subject', '=', subject)
      const row = await query.executeTakeFirst()
      return row && toClient(row)
    },

    async lock(id) {
      const row = await all().where('id', '=', id).forUpdate().executeTakeFirst()
      return row && toClient(row)
    },

    async list() {
      return (await all().orderBy('created_at').orderBy('id').execute()).map(toClient)
    },

    async add(client) {
      const insert = db.insertInto('clients').values(toRow(client))
      const added = await insert
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst()
      return added !== undefined
    },
  }
}

function clientChanges(
  db: Kysely<Schema>,
): Pick<Clients, 'setDocument' | 'setAccess' | 'setApplication' | 'delete'> {
  return {
    async setDocument(client) {
      const { application, jwks } = toRow(client)
      const change = { application, jwks }
      await db.updateTable('clients').set(change).where('id', '=', client.id).execute()
    },

    async setAccess(id, { scopes, resources }) {
      const change = { scopes: joinWords(scopes), resources: JSON.stringify(resources) }
      await db.updateTable('clients').set(change).where('id', '=', id).execute()
    },

    async setApplication(id, application) {
      const change = { application: JSON.stringify(application) }
      await db.updateTable('clients').set(change).where('id', '=', id).execute()
    },

    async delete(id) {
      await db.deleteFrom('clients').where('id', '=', id).execute()
    },
  }
}

function unused(db: Kysely<Schema>): Pick<Clients, 'listUnused' | 'deleteUnused'> {
  const isUnused = ({ and, eb, exists, not, selectFrom }: ExpressionBuilder<Schema, 'clients'>) => {
    const own = (table: 'sessions' | 'authorization_codes') =>
      exists(selectFrom(table).select('client_id').whereRef('client_id', '=', 'clients.id'))
    const isDocument = eb('id', 'like', 'https://%') // as `isDocumentClient`
    return and([isDocument, not(own('sessions')), not(own('authorization_codes'))])
  }
  return {
    async listUnused(limit) {
      const query = db.selectFrom('clients').select('id').where(isUnused).orderBy('id')
      return (await query.limit(limit).execute()).map(({ id }) => id)
    },

    async deleteUnused(id) {
      const one = db.deleteFrom('clients').where('id', '=', id).where(isUnused)
      return (await one.executeTakeFirst()).numDeletedRows === 1n
    },
  }
}

function secrets(
  db: Kysely<Schema>,
): Pick<Clients, 'secrets' | 'addSecret' | 'setSecretExpiry' | 'deleteSecret' | 'markSecretUsed'> {
  return {
    async secrets(clientId) {
      const own = db.selectFrom('client_secrets').selectAll().where('client_id', '=', clientId)
      const rows = await own.orderBy('created_at', 'desc').orderBy('expires_at', 'desc').execute()
      return rows
        .toSorted((a, b) => Number(b.expires_at === null) - Number(a.expires_at === null)) // the databases sort null differently
        .map(toStored)
    },

    async addSecret({ secret, hash }) {
      const { id, clientId: client_id, createdAt, expiresAt, lastUsedAt } = secret
      const times = { created_at: createdAt, expires_at: expiresAt, last_used_at: lastUsedAt }
      await db
        .insertInto('client_secrets')
        .values({ id, client_id, hash, ...times })
        .execute()
    },

    async setSecretExpiry(id, expires_at) {
      await db.updateTable('client_secrets').set({ expires_at }).where('id', '=', id).execute()
    },

    async deleteSecret(id) {
      await db.deleteFrom('client_secrets').where('id', '=', id).execute()
    },

    async markSecretUsed(id, at) {
      const update = db.updateTable('client_secrets').set({ last_used_at: at })
      await update
        .where('id', '=', id)
        .where((where) =>
          where.or([
            where('last_used_at', 'is', null),
            where('last_used_at', '<=', at - minUseInterval),
          ]),
        )
        .execute()
    },
  }
}

function assertions(db: Kysely<Schema>): Pick<Clients, 'useAssertion' | 'pruneAssertions'> {
  return {
    async useAssertion(key, expires_at) {
      const insert = db.insertInto('assertions').values({ key, expires_at })
      const added = await insert
        .onConflict((conflict) => conflict.column('key').doNothing())
        .returning('key')
        .executeTakeFirst()
      return added !== undefined
    },

    async pruneAssertions(before) {
      const old = db.deleteFrom('assertions').where('expires_at', '<', before)
      return Number((await old.executeTakeFirst()).numDeletedRows)
    },
  }
}

function toRow(client: Client): ClientRow {
  const { trust } = client
  return {
    id: client.id,
    name: client.name,
    grants: joinWords(client.grants),
    scopes: joinWords(client.scopes),
    resources: JSON.stringify(client.resources),
    jwks: client.jwks && JSON.stringify(client.jwks),
    trust_issuer: trust?.issuer ?? null,
    trust_subject: trust?.subject ?? null,
    trust_audience: trust?.audience ?? null,
    trust_reusable: trust?.reusable ? 1 : 0,
    created_at: client.createdAt,
    application: client.application && JSON.stringify(client.application),
  }
}

function toClient(row: ClientRow): Client {
  const { trust_issuer: issuer, trust_subject: subject, trust_audience: audience } = row
  const isTrusting = issuer !== null && subject !== null && audience !== null
  return {
    id: row.id,
    name: row.name,
    grants: splitWords(row.grants) as readonly ClientGrant[], // only `addClient` writes it
    scopes: splitWords(row.scopes),
    resources: JSON.parse(row.resources) as readonly string[],
    jwks: row.jwks === null ? null : (JSON.parse(row.jwks) as Jwks), // checked again when it is imported
    trust: isTrusting ? { issuer, subject, audience, reusable: row.trust_reusable === 1 } : null,
    createdAt: row.created_at,
    application: row.application === null ? null : toApplication(row.application),
  }
}

/** Reads the part of an application; a server of an earlier version wrote it without the later members. */
function toApplication(text: string): Application {
  const before = {
    dpop: 'optional',
    postLogoutRedirectUris: [],
    backchannelLogoutUri: null,
  } as const
  return { ...before, ...(JSON.parse(text) as Application) } // only `addClient` writes it
}

function toStored(row: ClientSecretRow): StoredSecret {
  const { id, client_id: clientId, hash } = row
  const { created_at: createdAt, expires_at: expiresAt, last_used_at: lastUsedAt } = row
  return { secret: { id, clientId, createdAt, expiresAt, lastUsedAt }, hash }
}
