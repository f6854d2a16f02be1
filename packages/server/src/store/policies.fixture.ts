import type { Policies } from '../domain/runtime.ts'

const day = 86_400 // seconds

/** The rules of the tests: the settings' own figures. */
export const policies: Policies = {
  tokens: { audience: 'a', lifetime: 900, customClaims: () => ({}) },
  keys: { algorithm: 'ES256', rotationPeriod: 90 * day, publicationLead: 2 * day },
  sessions: { idleLifetime: 14 * day, lifetime: 90 * day, grace: 10 },
  passwords: { minLength: 15, serviceWords: [] },
  users: { registration: 'closed' },
}
