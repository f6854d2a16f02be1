import { fail } from '../../failures.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import { getProvider, type BeginFederatedDeps } from './begin-federated-sign-in.ts'
import { upstreamRequestOf, type FederatedRequest } from './federated-request.ts'
import type { IdentityProvider, UpstreamUser } from './identity-provider.ts'
import { judgeDomain } from './new-user.ts'

/** A user who came back from a provider, who has said who they are there. */
export interface ReceivedUser {
  readonly provider: IdentityProvider
  readonly user: UpstreamUser
}

/** The answer to a request that is answered with it; `user` is undefined if the user has declined at the provider. */
export interface Received {
  readonly request: FederatedRequest
  readonly user: ReceivedUser | undefined
}

/**
 * Takes the request that an answer of a provider is to, and verifies the answer. A second one with the same `state` is refused, and so is one in another
 * browser, or at the address of another provider. Fails with `provider_unknown`, `provider_answer_refused`, `provider_domain_refused` and
 * `provider_unavailable`.
 */
export async function receiveAnswer(
  deps: BeginFederatedDeps,
  name: string,
  query: URLSearchParams,
  browser: Secret | undefined,
): Promise<Received> {
  const provider = getProvider(deps, name)
  const refuse = (problem: string) =>
    fail('provider_answer_refused', { facts: { provider: name, problem } })
  const [text = '', ...more] = query.getAll('state')
  if (more.length > 0 || !/^[\w-]{43}$/.test(text)) throw refuse('state_malformed')
  if (!browser) throw refuse('browser_unknown')
  const state = new Secret(text)
  const key = { stateHash: hashOf(state), browserHash: hashOf(browser), provider: name }
  const request = await deps.store.federatedRequests.take(key, deps.clock.now())
  if (!request) throw refuse('state_unknown')
  const upstream = upstreamRequestOf(deps, name, { state, browser })
  const answer = await provider.readAnswer(query, upstream)
  if (answer.kind === 'declined') return { request, user: undefined }
  if (answer.kind === 'refused') throw refuse(answer.problem)
  const verdict = judgeDomain(provider.policy, answer.user)
  if (verdict !== 'admitted') throw fail(verdict, { facts: { provider: name } })
  return { request, user: { provider, user: answer.user } }
}
