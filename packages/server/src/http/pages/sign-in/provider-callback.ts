import { finishFederatedSignIn } from '../../../domain/federation/finish-federated-sign-in.ts'
import { finishLink } from '../../../domain/federation/link-identity.ts'
import { receiveAnswer, type Received } from '../../../domain/federation/receive-answer.ts'
import { pendingSignInOf } from '../../../domain/sessions/start-session.ts'
import { signInMethodsPath } from '../account/sign-in-methods.ts'
import type { Page, PageInput, Redirect } from '../page.ts'
import { providerPath } from './provider-buttons.ts'
import { parseReturnPath } from '../return-path.ts'
import { secondStepPath } from './second-step.ts'

/**
 * The page to which an identity provider sends the browser back. It changes something although it is opened by GET: the answer is bound to the cookie of the
 * browser that began, so that a link of another site signs no one in, and works once.
 */
export const providerCallbackPage: Page = {
  path: `${providerPath}/callback`,
  summary:
    'Complete a sign-in with an identity provider, or link its account; the redirect URI of this server at the provider',
  access: 'public',

  async render(input) {
    const { runtime, params, query, askingBrowser } = input
    const name = params['provider'] ?? ''
    const answered = await receiveAnswer(runtime, name, query, askingBrowser())
    return answered.request.sessionId === null ? signIn(input, answered) : link(input, answered)
  },
}

async function signIn(
  { runtime, client, link: to }: PageInput,
  { request, user }: Received,
): Promise<Redirect> {
  const returnTo = parseReturnPath(request.returnTo)
  if (!user) {
    const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`
    return { to: to(`/sign-in${query}`), flash: 'provider_declined' }
  }
  try {
    const signedIn = await finishFederatedSignIn(runtime, user, request, client)
    return { to: returnTo ?? to('/account'), signedIn }
  } catch (error) {
    const pendingSignIn = pendingSignInOf(error)
    if (!pendingSignIn) throw error
    return { to: to(secondStepPath(returnTo)), pendingSignIn }
  }
}

async function link(
  { runtime, client, visitor, link: to }: PageInput,
  { request, user }: Received,
): Promise<Redirect> {
  if (!user) return { to: to(signInMethodsPath), flash: 'provider_declined' }
  const owner = visitor && { userId: visitor.user.id, sessionId: visitor.session.id }
  await finishLink(runtime, user, request, owner, client)
  return { to: to(signInMethodsPath), flash: 'identity_linked' }
}
