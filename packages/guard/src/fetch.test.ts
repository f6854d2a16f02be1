import { principalOf } from './index.ts'
import { fetchGuard } from './fetch.ts'
import { guardContract } from './guard.contract.ts'

guardContract('fetch', (guard, need) =>
  fetchGuard(guard, need, (request) => Response.json({ subject: principalOf(request).subject })),
)
