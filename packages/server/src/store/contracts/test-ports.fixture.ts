import { systemRandom } from '../../platform/crypto/random.ts'
import { testHasher } from '../../platform/crypto/test-hasher.ts'
import { noMetrics } from '../../platform/observability/metrics.ts'
import { noHooks, policies, testRoot } from './policies.fixture.ts'

/** The dependencies of operations on users, besides a store, a clock and the queue of password checks. */
export const testPorts = {
  random: systemRandom,
  hasher: testHasher,
  commonPasswords: async () => () => false,
  root: testRoot,
  policies,
  metrics: noMetrics,
  hooks: noHooks,
}
