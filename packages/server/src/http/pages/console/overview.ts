import type { RecentActivity } from '../../../domain/kernel/ports.ts'
import { lastCheckpointEntry } from '../../../domain/audit-log/sign-checkpoint.ts'
import { activeOf, standbyOf } from '../../../domain/keys/signing-key.ts'
import { html, type Html, type Piece } from '../html.ts'
import type { Page, PageInput } from '../page.ts'
import { ago, moment } from '../times.ts'
import { charts, latelyOf, type Chart } from './chart.ts'
import { consoleView, table } from './frame.ts'

const path = '/console'
const maxCounted = 10_000 // rows; to count a million of them at every look is not worth the number

/** How the server is doing: a few numbers, and the last hour. */
export const consoleOverview: Page = {
  path,
  summary: 'See how the server is doing: users, sessions, keys, audit log, and the last hour',
  access: 'admin',
  connects: true,

  async show(input) {
    const activity = input.runtime.activity.recent()
    const main = html`<h1>Overview</h1>
      <section aria-label="Numbers" class="tiles" id="tiles">${await numbers(input)}</section>
      <section class="card" aria-labelledby="hour">
        <div class="title">
          <h2 id="hour">The last hour</h2>
          <p class="quietly" id="freshness">Of this very process; reload to see more.</p>
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
  const { store, clock } = runtime
  const now = clock.now()
  const [users, sessions, ring, last, sealed] = await Promise.all([
    store.users.count(maxCounted + 1),
    store.sessions.countAlive(now, maxCounted + 1),
    store.signingKeys.list(),
    store.auditLog.last(),
    lastCheckpointEntry(store),
  ])
  const active = activeOf(ring, now)
  const standby = standbyOf(ring, now)
  return [
    tile('Users', inWords(users), link('/console/users')),
    tile('Sessions', inWords(sessions), link('/console/sessions')),
    tile(
      'Signing key',
      active?.algorithm ?? 'none',
      link('/console/keys'),
      standby && html`the next one signs at ${moment(standby.activatedAt)}`,
    ),
    tile('Guards', String(runtime.feed.followers), link(path), delayInWords(runtime)),
    tile(
      'Audit log entries',
      inWords(last?.seq ?? 0),
      link('/console/audit-log'),
      sealed ? html`sealed ${ago(sealed.at, now)}` : 'not sealed yet',
    ),
  ]
}

/** How soon guards hear of a revocation, as far as this process can tell. */
function delayInWords({ activity }: PageInput['runtime']): string {
  const { revocationDelay: delay } = activity.recent()
  if (delay === undefined) return 'on the feed here'
  return `on the feed here; told in ${(delay * 1000).toFixed(1)} ms`
}

function tile(title: string, value: string, to: string, more?: Piece): Html {
  return html`<a class="tile" href="${to}">
    <span class="quietly">${title}</span>
    <strong>${value}</strong>
    ${more && html`<span class="quietly">${more}</span>`}
  </a>`
}

function inWords(count: number): string {
  return count > maxCounted ? `${maxCounted.toLocaleString('en')} +` : count.toLocaleString('en')
}

/** A chart for who has a script; the same in numbers for everybody. */
function chart(one: Chart, activity: RecentActivity): Html {
  const rows = latelyOf(one, activity).map(({ label, minutes, hour }) => [
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
        ? html`<p class="quietly">Nothing in the last hour.</p>`
        : table(`${one.title}, in numbers`, ['Kind', '5 minutes', 'Hour'], rows)
    }
  </figure>`
}
