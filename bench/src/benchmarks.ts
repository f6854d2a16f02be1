import { apiTokensBenchmark } from './api-tokens.ts'
import type { Benchmark } from './benchmark.ts'
import { engineBenchmark } from './engine-table.ts'
import { httpBenchmark } from './http/http.ts'
import { embedBenchmark } from './server/embed.ts'
import { capacityBenchmark } from './server/capacity.ts'
import { growthBenchmark } from './server/growth.ts'
import { loginBenchmark } from './server/login.ts'
import { refreshBenchmark } from './server/refresh.ts'
import { revocationBenchmark } from './server/revocation.ts'
import { startBenchmark } from './server/start.ts'
import { statusListBenchmark } from './status-list.ts'

/** Every benchmark, by the name it is run by. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  engine: engineBenchmark,
  http: httpBenchmark,
  login: loginBenchmark,
  refresh: refreshBenchmark,
  growth: growthBenchmark,
  capacity: capacityBenchmark,
  start: startBenchmark,
  embed: embedBenchmark,
  revocation: revocationBenchmark,
  'status-list': statusListBenchmark,
  'api-tokens': apiTokensBenchmark,
}
