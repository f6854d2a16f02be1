import type { Route } from './route.ts'
import { adminRoutes } from './routes/admin/admin.ts'
import { live, ready } from './routes/health.ts'
import { openApiRoute } from './routes/openapi.ts'
import { problemKind } from './routes/problems.ts'
import { endOthers, endOne, login, logout, refresh, sessions } from './routes/sessions.ts'
import { statusFeed, statusList, statusLists } from './routes/status-lists.ts'
import { tutorial } from './routes/tutorial.ts'
import { changeMe, changeMyPassword, deleteMe, me, register } from './routes/users.ts'
import { jwks, metadata } from './routes/well-known.ts'

/** LIST 4: every route, in the order a reader wants. */
export const routes: readonly Route[] = [
  login,
  refresh,
  logout,
  register,
  me,
  changeMe,
  deleteMe,
  changeMyPassword,
  sessions,
  endOne,
  endOthers,
  statusLists,
  statusList,
  statusFeed,
  jwks,
  metadata,
  openApiRoute(() => routes),
  problemKind,
  live,
  ready,
  ...adminRoutes,
]

/** What development adds. */
export const developmentRoutes: readonly Route[] = [tutorial]
