// npm run proofs [-- NAME...]: the long forms of what `npm test` proves in short. It ends with the first that fails. `--list` prints their test files.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { selectTests } from './tests/select.ts'

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
  container: ['e2e/deployment/container'],
  'api-tokens': ['packages/guard/src/api-tokens/'],
}

/** The long proofs: the arguments of Node for each. */
const proofs: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    Object.entries(testProofs).map(([name, words]) => [name, ['scripts/test.ts', 'all', ...words]]),
  ),
  siege: ['scripts/siege.ts'],
  fuzz: ['--expose-gc', 'scripts/fuzz.ts'],
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(proofs)
const unknown = names.filter((name) => !(name in proofs))
if (names[0] === '--list') {
  for (const [name, words] of Object.entries(testProofs))
    console.log(`${name}: ${selectTests(join(import.meta.dirname, '..'), 'all', words).join(' ')}`)
} else if (unknown.length > 0) {
  console.error(
    `There is no proof ${unknown.join(', ')}; there are ${Object.keys(proofs).join(', ')}.`,
  )
  process.exitCode = 1
} else {
  const failed = names.find((name) => !passes(name))
  if (failed !== undefined) console.error(`The proof ${failed} failed.`)
  process.exitCode = failed === undefined ? 0 : 1
}

function passes(name: string): boolean {
  console.log(`proof: ${name}`)
  const args = ['--conditions=@countersign/source', ...(proofs[name] ?? [])]
  const env = { ...process.env, PROOFS: 'long' }
  return spawnSync(process.execPath, args, { stdio: 'inherit', env }).status === 0
}
