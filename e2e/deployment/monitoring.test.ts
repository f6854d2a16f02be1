// deploy/alerts.yaml and the Grafana dashboard: a real Prometheus loads the rules, scrapes a server with them, and understands every query; every metric in them
// is one of the server's.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { parse } from 'yaml'
import { metrics } from '../../packages/server/src/domain/kernel/metrics.ts'
import { findProgram, howToGet } from '@countersign/testing/debian'
import { root, scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { substituted } from '@countersign/testing/guides'
import { countersign, start, type Running } from '@countersign/testing/process'

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[]
  }[]
}
/** The rules as Prometheus reports them. */
interface Loaded {
  readonly data: {
    readonly groups: readonly { readonly rules: readonly { readonly name: string }[] }[]
  }
}
interface Panel {
  readonly id: number
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}
interface Dashboard {
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string }[] }
}

const read = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8')
const rules = (parse(read('alerts.yaml')) as Rules).groups.flatMap((group) => group.rules)
const dashboard = JSON.parse(read('grafana-dashboard.json')) as Dashboard
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
const inDashboard = (query: string) =>
  query.replaceAll('$job', 'countersign').replaceAll('$__rate_interval', '1m')

test('every metric of the server in them is in the list of metrics, with the labels that they use', () => {
  const exposed = new Map<string, readonly string[]>()
  for (const [name, { kind, labels }] of Object.entries(metrics)) {
    const suffixes = kind === 'histogram' ? ['_bucket', '_count', '_sum'] : ['']
    for (const suffix of suffixes) exposed.set(`countersign_${name}${suffix}`, Object.keys(labels))
  }
  const everywhere = new Set(['job', 'instance', 'le'])
  for (const query of [...queries, ...rules.map(({ expr }) => expr)]) {
    const used = [...query.matchAll(/\bcountersign_\w+/g)].map(([name]) => name)
    const labels = new Set(
      used.flatMap((name) => exposed.get(name) ?? assert.fail(`${name} is no metric`)),
    )
    const matched = [...query.matchAll(/[{,]\s*(\w+)\s*(?:=~|!~|!=|=)/g)].map(
      ([, name = '']) => name,
    )
    const grouped = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) =>
      names.split(/,\s*/),
    )
    for (const label of [...matched, ...grouped])
      assert.ok(labels.has(label) || everywhere.has(label), `${label} in ${query}`)
  }
})

test('the dashboard or an alert uses every metric of the server', () => {
  const ids = dashboard.panels.map(({ id }) => id)
  assert.deepEqual(ids, [...new Set(ids)])
  assert.deepEqual(
    dashboard.templating.list.map(({ name }) => name),
    ['datasource', 'job'],
  )
  const all = [...queries, ...rules.map(({ expr }) => expr)].join('\n')
  const missing = Object.keys(metrics).filter((name) => !all.includes(`countersign_${name}`))
  assert.deepEqual(missing, [])
})

const promtool = findProgram('promtool', 'prometheus')
const prometheus = findProgram('prometheus')
const skip = prometheus === undefined && howToGet('prometheus')

test('the rules alert about each fault, and about nothing else', { skip }, () => {
  const { status, stdout, stderr } = spawnSync(
    String(promtool),
    ['test', 'rules', 'alerts.test.yaml'],
    {
      cwd: join(root, 'deploy'),
      encoding: 'utf8',
    },
  )
  assert.equal(status, 0, stdout + stderr)
  const [healthy = '', faulty = ''] = read('alerts.test.yaml').split('each fault alerts')
  assert.ok(healthy.includes('exp_samples'))
  assert.match(faulty, new RegExp(`value: ${rules.length} `), 'a fault for each rule')
})

suite('a real Prometheus', { skip }, () => {
  const folder = scratch()
  const token = 'a-token-of-at-least-thirty-two-characters'
  let running: readonly Running[] = []
  let api = ''
  before(async () => {
    const [port, metricsPort, own] = [await freePort(), await freePort(), await freePort()]
    const server = await start([...countersign, 'dev'], {
      env: {
        COUNTERSIGN_HTTP_PORT: String(port),
        COUNTERSIGN_METRICS_PORT: String(metricsPort),
        COUNTERSIGN_METRICS_TOKEN: token,
        COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
      },
    })
    running = [server]
    await post(`http://localhost:${port}/login`, { username: 'admin', password: 'password' })
    cpSync(join(root, 'deploy/alerts.yaml'), join(folder.path, 'alerts.yaml'))
    writeFileSync(join(folder.path, 'metrics-token'), token)
    const config = join(folder.path, 'prometheus.yaml')
    const changes = { '127.0.0.1:9464': `localhost:${metricsPort}`, '15s': '1s' }
    writeFileSync(config, substituted(read('prometheus.yaml'), changes))
    api = `http://127.0.0.1:${own}/api/v1`
    const options = [
      `--storage.tsdb.path=${folder.path}/data`,
      `--web.listen-address=127.0.0.1:${own}`,
    ]
    const command = [String(prometheus), `--config.file=${config}`, ...options]
    running = [server, await start(command, { ready: /ready to receive web requests/ })]
  })
  after(async () => {
    await Promise.all(running.map((one) => one.stop()))
    folder[Symbol.dispose]()
  })

  async function valuesOf(query: string): Promise<readonly unknown[]> {
    const response = await fetch(`${api}/query?query=${encodeURIComponent(query)}`)
    const { status, error, data } = (await response.json()) as {
      readonly status: string
      readonly error?: string
      readonly data: { readonly result: readonly unknown[] }
    }
    assert.equal(status, 'success', `${query}: ${error}`)
    return data.result
  }

  test('scrapes the server with its token, loads every rule, and understands every query', async () => {
    for (let tries = 0; (await valuesOf('countersign_audit_log_entries')).length === 0; tries++) {
      assert.ok(tries < 200, 'no scrape')
      await setTimeout(100)
    }
    assert.equal((await valuesOf('up{job="countersign"} == 1')).length, 1)
    const loaded = (await (await fetch(`${api}/rules`)).json()) as Loaded
    const names = loaded.data.groups.flatMap((group) => group.rules).map(({ name }) => name)
    assert.deepEqual(
      names,
      rules.map(({ alert }) => alert),
    )
    for (const query of queries.map(inDashboard)) await valuesOf(query)
    for (const { expr } of rules) await valuesOf(expr)
    assert.deepEqual(await valuesOf('ALERTS{alertstate="firing"}'), [])
    const others = [...queries, ...rules.map(({ expr }) => expr)]
      .join(' ')
      .matchAll(/\b(nodejs|process)_\w+/g)
    for (const [name] of others) assert.equal((await valuesOf(name)).length > 0, true, name)
  })
})
