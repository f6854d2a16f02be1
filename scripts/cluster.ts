// npm run cluster [-- NAME...]: proofs on a PostgreSQL cluster that fails. It ends with the first that fails. `--list` prints their test files.
import { runProofs } from './tests/proofs.ts'

/** The proofs: the words that select the test files of each. */
const proofs: Readonly<Record<string, readonly string[]>> = {
  kill: ['e2e/cluster/primary-kill'],
  switchover: ['e2e/cluster/switchover'],
  'cut-off': ['e2e/cluster/cut-off'],
  strands: ['e2e/cluster/strands'],
  'rolling-upgrade': ['e2e/cluster/rolling-upgrade'],
  'major-upgrade': ['e2e/cluster/major-upgrade'],
  servers: ['e2e/cluster/server-count'],
  backup: ['e2e/cluster/backup'],
  relays: ['e2e/cluster/relays'],
}

runProofs(proofs)
