// npm run proofs [-- NAME...]: the long forms of what `npm test` proves in short. It ends with the first that fails. `--list` prints their test files.
import { runProofs } from './tests/proofs.ts'

/** The long proofs that are tests: the words that select the files of each. */
const testProofs: Readonly<Record<string, readonly string[]>> = {
  store: ['packages/server/src/store/'],
  rotations: ['rotations.test'],
  sessions: ['packages/server/src/domain/sessions/'],
  pages: ['e2e/browser/', 'pages'],
  tabs: ['browser-tabs'],
  tokens: ['packages/token/src/jwt/'],
  mail: ['storage/mail'],
  clients: ['e2e/interop/oauth-'],
  endpoints: ['http/api/oauth/redirect-tricks'],
  addresses: ['recovery-timing'],
  passwords: ['domain/passwords/equal-cost'],
  imports: ['import'],
  site: ['browser/docs-site'],
  container: ['e2e/deployment/container'],
  'api-tokens': ['packages/guard/src/api-tokens/'],
}

/** The long proofs that are programs: the arguments of Node for each. */
const programs: Readonly<Record<string, readonly string[]>> = {
  siege: ['scripts/siege.ts'],
  fuzz: ['--expose-gc', 'scripts/fuzz.ts'],
}

runProofs(testProofs, programs)
