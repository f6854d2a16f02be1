import { readKeyRing } from '../../../domain/keys/read-key-ring.ts'
import type { RecentActivity } from '../../../domain/kernel/ports.ts'
import { lastCheckpointEntry } from '../../../domain/audit-log/sign-checkpoint.ts'
import { countEntries } from '../../../domain/audit-log/strand.ts'
import { algorithmsIn, signingKeysOf, standbyOf } from '../../../domain/keys/signing-key.ts'
import { html, type Html, type HtmlContent } from '../html.ts'
import type { Page, PageInput } from '../page.ts'
import { absoluteTime, relativeTime } from '../format-time.ts'
import { charts, recentCountsOf, type Chart } from './activity-charts.ts'
import { consoleView, table } from './console-layout.ts'

const path = '/console'
const maxCounted = 10_000 // rows; counting a million at each view would cost more than the number is worth

/** The overview: a few numbers, and charts of the last hour. */
export const consoleOverview: Page = {
  path,
  summary:
    'See the numbers of users, sessions, keys and audit log entries, and charts of the last hour',
  access: 'admin',
  connects: true,

  async render(input) {
    const activity = input.runtime.activity.recent()
    const main = html`<h1>Overview</h1>
      <section aria-label="Numbers" class="tiles" id="tiles">${await numbers(input)}</section>
      <section class="card" aria-labelledby="hour">
        <div class="title">
          <h2 id="hour">The last hour</h2>
          <p class="quietly" id="freshness">This process only. Reload to update.</p>
        </div>
        <div class="charts" id="charts" data-activity="${JSON.stringify({ ...activity, charts })}">
          ${charts.map((one) => chart(one, activity))}
        </div>
      </section>`
    return consoleView(input, path, {
      title: 'Overview',
      main,
      script: 'console.js',
    })
  },
}

async function numbers({ runtime, link }: PageInput): Promise<readonly Html[]> {
  const { store, clock, policies } = runtime
  const now = clock.now()
  const [users, sessions, { ring }, heads, checkpoint] = await Promise.all([
    store.users.count(maxCounted + 1),
    store.sessions.countAlive(now, maxCounted + 1),
    readKeyRing(runtime),
    store.auditLog.heads(),
    lastCheckpointEntry(store),
  ])
  const { algorithms } = policies.keys
  const active = signingKeysOf(ring, algorithms)(now)
  const standby = active && standbyOf(ring, now, active.algorithm)
  return [
    tile('Users', inWords(users), link('/console/users')),
    tile('Sessions', inWords(sessions), link('/console/sessions')),
    tile(
      'Signing key',
      algorithmsIn(ring, now, algorithms).join(', ') || 'none',
      link('/console/keys'),
      standby && html`the next one signs from ${absoluteTime(standby.activatedAt)}`,
    ),
    tile('Guards', String(runtime.feed.followers), link(path), delayInWords(runtime)),
    tile(
      'Audit log entries',
      inWords(countEntries(heads)),
      link('/console/audit-log'),
      checkpoint ? html`last checkpoint ${relativeTime(checkpoint.at, now)}` : 'no checkpoint yet',
    ),
  ]
}

/** Returns how long guards on this process's feed take to receive a revocation. */
function delayInWords({ activity }: PageInput['runtime']): string {
  const { revocationDelay: delay } = activity.recent()
  if (delay === undefined) return 'on this process’s feed'
  return `on this process’s feed; notified within ${(delay * 1000).toFixed(1)} ms`
}

function tile(title: string, value: string, to: string, more?: HtmlContent): Html {
  return html`<a class="tile" href="${to}">
    <span class="quietly">${title}</span>
    <strong>${value}</strong>
    ${more && html`<span class="quietly">${more}</span>`}
  </a>`
}

function inWords(count: number): string {
  return count > maxCounted ? `${maxCounted.toLocaleString('en')} +` : count.toLocaleString('en')
}

/** Renders a chart, which needs JavaScript, and the same as a table. */
function chart(one: Chart, activity: RecentActivity): Html {
  const rows = recentCountsOf(one, activity).map(({ label, minutes, hour }) => [
    label,
    String(minutes),
    String(hour),
  ])
  return html`<figure>
    <figcaption>
      <h3>${one.title}</h3>
      <p class="quietly">${one.doc}</p>
    </figcaption>
    <div class="chart" data-chart="${one.name}" hidden aria-hidden="true"></div>
    ${
      rows.length === 0
        ? html`<p class="quietly">No events in the last hour.</p>`
        : table(`${one.title}, in numbers`, ['Kind', '5 minutes', 'Hour'], rows)
    }
  </figure>`
}
