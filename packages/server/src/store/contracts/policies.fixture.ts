import { rootSecret } from '../../domain/kernel/root-secret.ts'
import type { Policies } from '../../runtime.ts'
import { Secret } from '../../domain/kernel/secret.ts'

const day = 86_400 // seconds

/** The root secret of every server in the tests. */
export const testRoot = rootSecret(new Secret(Buffer.alloc(32, 'root').toString('base64')))

/** No hooks, as in a server of its own. */
export const noHooks = { userCreated: undefined, signedIn: undefined, customClaims: undefined }

/** The rules of the tests: the settings' own figures, and nothing is limited. */
export const policies: Policies = {
  tokens: { audience: 'a', lifetime: 900, type: 'at+jwt' },
  legacyTokens: undefined,
  keys: { algorithms: ['ES256'], rotationPeriod: 90 * day, publicationLead: 2 * day },
  sessions: { idleLifetime: 14 * day, lifetime: 90 * day, grace: 10 },
  passwords: { minLength: 15, minLengthWithFactor: 8, serviceWords: [] },
  users: { registration: 'open' },
  factors: { requiredFor: [] },
  federation: { providers: ['work', 'home'] },
  mail: { enabled: true, signInCodes: true, newDeviceNotices: true, language: 'en' },
  clientDocuments: { hosts: 'any' },
  revocation: { listTtl: 60, heartbeat: 5, feedConnections: 10 },
  limits: { attempts: null, changes: null, mails: null, attemptDelay: null },
}
