import * as z from 'zod'
import { userClaims } from '../../../domain/grants/id-token.ts'
import { fail } from '../../../failures.ts'
import { exampleUser } from '../../openapi/examples.ts'
import { route, type RouteInput } from '../../pipeline/route.ts'

const answer = z.looseObject({ sub: z.string() })

const shared = {
  path: '/oauth/userinfo',
  limit: { none: 'one read' },
  access: 'openid',
  cors: 'any',
  answer,
  failures: ['user_gone'],
  example: { answer: { sub: exampleUser.id, preferred_username: 'ada', name: 'ada' } },
} as const

/** Returns what an application may know of the user of its access token, as they are now (OpenID Connect Core, section 5.3). */
export const userinfo = route({
  ...shared,
  method: 'GET',
  summary:
    'The claims that an application may read of its user, by its scopes (OpenID Connect). For access tokens with the scope `openid`, for this server',
  handle: (input) => answerOf(input),
})

/** As {@link userinfo}, for applications that send POST, which must be possible too (section 5.3.1). */
export const userinfoByPost = route({
  ...shared,
  method: 'POST',
  summary: 'As GET',
  handle: (input) => answerOf(input),
})

async function answerOf({
  runtime,
  principal,
}: Pick<RouteInput<unknown>, 'runtime' | 'principal'>): Promise<z.input<typeof answer>> {
  const { subject, token } = principal()
  const user = await runtime.store.users.find(subject)
  if (!user || user.disabledAt !== null) throw fail('user_gone')
  return { ...userClaims(user, String(token.claims.scope ?? '').split(' ')), sub: user.id }
}
