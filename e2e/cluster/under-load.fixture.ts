import type { TestContext } from 'node:test'
import { indexOf } from '@countersign/testing/feed'
import { startCluster, type Cluster } from './cluster.fixture.ts'
import { startInstallation, type Installation } from './installation.fixture.ts'
import { startLoad, type Load } from './load.fixture.ts'
import { assertNothingLost } from './record.fixture.ts'

/** An installation on a cluster while it is used. */
export interface UnderLoad {
  readonly cluster: Cluster
  readonly installation: Installation
  readonly load: Load
}

/**
 * Starts a cluster, two servers, four guards and a load, and runs a story, which returns its figures. Afterwards nothing that was answered may be
 * missing, no user signed out, no status other than success and 503 with Retry-After answered, and no guard wrong.
 */
export async function underLoad<Figures extends object>(
  t: TestContext,
  story: (world: UnderLoad) => Promise<Figures>,
  env: Readonly<Record<string, string>> = {},
): Promise<Figures & { readonly load: Load }> {
  await using cluster = await startCluster()
  const { network, folder, poolerUrl: databaseUrl } = cluster
  const listening = { COUNTERSIGN_DATABASE_LISTEN_URL: cluster.url }
  const options = { network, folder, databaseUrl, guards: 4, env: { ...listening, ...env } }
  await using installation = await startInstallation(options)
  const investigate = investigateWith(cluster, installation)
  const load = await startLoad(installation, { held: 24, visitors: 4, investigate })
  const figures = await story({ cluster, installation, load }).finally(() => load.stop())
  t.diagnostic(JSON.stringify({ ...figures, ...Object.fromEntries(load.statuses) }))
  await assertNothingLost(load, installation, cluster.query)
  return { ...figures, load }
}

/** Returns the function that collects what the database, each server and each guard report about a token. */
function investigateWith({ network, query }: Cluster, { servers, guards }: Installation) {
  return async (token: string): Promise<string> => {
    const index = indexOf(token)
    const authorization = `Bearer ${token}`
    const asked = await Promise.all([
      query(`select *, (select max(seq) from status_changes) as newest from status_changes where status_index = ${index}`), // prettier-ignore
      ...guards.map((one) => one.check(token)),
      ...[...servers].map(async ([at, { output }]) => {
        const url = `http://${network}.${at}:8080/me`
        const { status } = await fetch(url, { headers: { authorization } })
        return { server: at, status, log: output().trim().split('\n').slice(-4) }
      }),
    ])
    return `${new Date().toISOString()} ${JSON.stringify(asked)}`
  }
}
