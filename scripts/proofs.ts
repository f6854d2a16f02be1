// npm run proofs [-- NAME...]: the long forms of what `npm test` proves in short. It ends with the first that fails.
import { spawnSync } from 'node:child_process'

/** The long proofs: the arguments of Node for each. */
const proofs: Readonly<Record<string, readonly string[]>> = {
  store: ['scripts/test.ts', 'all', 'packages/server/src/store/'],
  rotations: ['scripts/test.ts', 'all', 'rotations.test'],
  sessions: ['scripts/test.ts', 'unit', 'packages/server/src/domain/sessions/'],
  pages: ['scripts/test.ts', 'e2e', 'browser/', 'pages'],
  tabs: ['scripts/test.ts', 'e2e', 'browser-tabs'],
  tokens: ['scripts/test.ts', 'unit', 'packages/token/src/jwt/'],
  addresses: ['scripts/test.ts', 'unit', 'recovery-timing'],
  'api-tokens': ['scripts/test.ts', 'unit', 'packages/guard/src/api-tokens/'],
  siege: ['scripts/siege.ts'],
  fuzz: ['--expose-gc', 'scripts/fuzz.ts'],
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(proofs)
const unknown = names.filter((name) => !(name in proofs))
if (unknown.length > 0) {
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
