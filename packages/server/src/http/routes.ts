import type { Route } from './route.ts'
import { health } from './routes/health.ts'
import { login } from './routes/sessions.ts'
import { tutorial } from './routes/tutorial.ts'
import { me } from './routes/users.ts'
import { jwks, metadata } from './routes/well-known.ts'

/** LIST 4: every route, in the order a reader wants. */
export const routes = [login, me, jwks, metadata, health] as unknown as readonly Route[]

/** What development adds. */
export const developmentRoutes = [tutorial] as unknown as readonly Route[]
