// Countersign in a Next.js application: copy this file and the route handlers below app/ into yours.
import { createAuth } from '@countersign/server'
import { nextAuth } from '@countersign/server/next'

export const url = process.env['URL'] ?? 'http://localhost:3000/auth'

export const { handlers, guarded, auth } = nextAuth(() =>
  createAuth({ url, env: { COUNTERSIGN_USERS_REGISTRATION: 'open', ...process.env } }),
)
