import type { Route } from '../pipeline/route.ts'
import { adminRoutes } from './admin/admin.ts'
import { live, ready } from './health.ts'
import { openApiRoute } from './openapi.ts'
import { problemKind } from './problems.ts'
import { endOthers, endOne, login, logout, refresh, sessions } from './sessions.ts'
import { statusFeed, statusList, statusLists } from './status-lists.ts'
import { tutorial } from './tutorial.ts'
import { changeMe, changeMyPassword, deleteMe, me, register } from './users.ts'
import { jwks, metadata } from './well-known.ts'

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
