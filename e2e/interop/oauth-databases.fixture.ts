import { startPostgres } from '@countersign/testing/postgres'

/** The databases that OAuth clients are tested on. Each opens a new one; `undefined` without PostgreSQL. */
export const databases = [
  ['SQLite', async () => ({ url: 'sqlite::memory:', close: async () => {} })],
  [
    'PostgreSQL',
    async () => {
      const database = await startPostgres()
      if (!database) return undefined
      const close = async () => database[Symbol.asyncDispose]()
      return { url: await database.url('oauth'), close }
    },
  ],
] as const
