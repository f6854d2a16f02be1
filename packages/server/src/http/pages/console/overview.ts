import type { Seconds } from '@countersign/token/internal'
import { readKeyRing } from '../../../domain/keys/read-key-ring.ts'
import type { RecentActivity } from '../../../domain/kernel/ports.ts'
import { lastCheckpointEntry } from '../../../domain/audit-log/sign-checkpoint.ts'
import type { VerificationState } from '../../../domain/audit-log/verification-run.ts'
import { signingKeysOf, standbyOf } from '../../../domain/keys/signing-key.ts'
import { html, type Html, type HtmlContent } from '../html.ts'
import type { Page, PageInput } from '../page.ts'
import { absoluteTime, relativeTime } from '../format-time.ts'
import type { Phrase, Translate } from '../translation/translate.ts'
import { charts, seriesOf, type Chart, type Series } from './activity-charts.ts'
import { auditLogPath, todayPath } from './audit-log-filter.ts'
import { consoleView, table } from './console-layout.ts'

const path = '/console'
const maxCounted = 10_000 // rows; counting a million at each view would cost more than the number is worth
const maxToday = 1000 // events of today, whose facts are read
const day = 86_400 // seconds

/** The overview: a few numbers, and charts of the last hour. */
export const consoleOverview: Page = {
  path,
  summary:
    'See sign-ins and failures of today, sessions, the next key rotation and the state of the audit log, and charts of the last hour',
  access: 'admin',
  connects: true,

  async render(input) {
    const { runtime, t } = input
    const activity = runtime.activity.recent()
    const drawn = charts.map((chart) => ({ chart, series: seriesOf(chart, activity, t) }))
    const active = drawn.filter(({ series }) => series.length > 0)
    const silent = drawn.filter(({ series }) => series.length === 0)
    const main = html`<h1>${t('Overview')}</h1>
      <section aria-label="${t('Numbers')}" class="tiles" id="tiles">${await tiles(input)}</section>
      <section class="card" aria-labelledby="hour">
        <div class="title">
          <h2 id="hour">${t('The last hour')}</h2>
          <p
            class="quietly"
            id="freshness"
            data-updating="${t('This server only. Updated every five seconds.')}"
            data-failed="${t('The update failed. Reload the page.')}"
          >
            ${t('This server only. Reload to update.')}
          </p>
        </div>
        <div
          class="charts"
          id="charts"
          data-activity="${dataOf(activity, active)}"
          data-time="${t('Time')}"
        >
          ${active.map((one) => chartOf(one, t))}
        </div>
        <p class="quietly" id="silent">
          ${silent.length > 0 && t('No events: {charts}.', { charts: silent.map(({ chart }) => t(chart.title)).join(', ') })}
          ${guardsInWords(input)}
        </p>
      </section>`
    return consoleView(input, path, { title: t('Overview'), main, script: 'console.js' })
  },
}

interface DrawnChart {
  readonly chart: Chart
  readonly series: readonly Series[]
}

/** Returns what the script draws, as JSON. */
function dataOf({ step, until }: RecentActivity, drawn: readonly DrawnChart[]): string {
  const all = drawn.map(({ chart, series }) => ({
    name: chart.name,
    series: series.map(({ label, colour, counts }) => ({ label, colour, counts })),
  }))
  return JSON.stringify({ step, until, charts: all })
}

async function tiles({ runtime, link, t }: PageInput): Promise<readonly Html[]> {
  const { store, clock, verificationRun } = runtime
  const now = clock.now()
  const today = now - (now % day) // midnight in UTC
  const count = (number: number, max: number) => inWords(number, max, t)
  const [signIns, failures, sessions, users, checkpoint] = await Promise.all([
    store.replica.auditLog.countSince('login', today, maxToday + 1),
    store.replica.auditLog.countSince('login_refused', today, maxToday + 1),
    store.sessions.countAlive(now, maxCounted + 1),
    store.users.count(maxCounted + 1),
    lastCheckpointEntry(store),
  ])
  const sealed = checkpoint
    ? t.html('newest checkpoint {time}', { time: relativeTime(checkpoint.at, now, t.language) })
    : t('no checkpoint yet')
  const integrity = integrityInWords(verificationRun.state())
  return [
    tile(t('Sign-ins today'), count(signIns, maxToday), link(todayPath(now, 'login'))),
    tile(
      t('Failed sign-ins today'),
      count(failures, maxToday),
      link(todayPath(now, 'login_refused')),
      { alarming: failures > 0 },
    ),
    tile(t('Active sessions'), count(sessions, maxCounted), link('/console/sessions')),
    tile(t('Users'), count(users, maxCounted), link('/console/users')),
    await rotationTile(runtime, now, link('/console/keys'), t),
    tile(t('Audit log'), t(integrity), link(auditLogPath), {
      more: sealed,
      alarming: integrity === 'not intact',
    }),
  ]
}

async function rotationTile(
  runtime: PageInput['runtime'],
  now: Seconds,
  to: string,
  t: Translate,
): Promise<Html> {
  const { ring } = await readKeyRing(runtime)
  const active = signingKeysOf(ring, runtime.policies.keys.algorithms)(now)
  const next = active && standbyOf(ring, now, active.algorithm)
  if (!next) return tile(t('Next key rotation'), t('not planned'), to)
  const days = Math.floor((next.activatedAt - now) / day)
  const value = days < 1 ? t('today') : days === 1 ? t('in one day') : t('in {days} days', { days })
  return tile(t('Next key rotation'), value, to, {
    more: absoluteTime(next.activatedAt, t.language),
  })
}

function integrityInWords(state: VerificationState): Phrase {
  switch (state.kind) {
    case 'never':
      return 'not verified'
    case 'running':
      return 'being verified'
    case 'failed':
      return 'not verifiable'
    case 'done':
      return state.report.fault ? 'not intact' : 'intact'
  }
}

/** Returns how many guards follow this server, and how long they take to receive a revocation. */
function guardsInWords({ runtime, t }: PageInput): string {
  const { revocationDelay: delay } = runtime.activity.recent()
  const count = runtime.feed.followers
  if (delay === undefined) return t('Guards that follow this server: {count}.', { count })
  const milliseconds = (delay * 1000).toFixed(1)
  return t('Guards that follow this server: {count}, notified within {milliseconds} ms.', {
    count,
    milliseconds,
  })
}

function tile(
  title: string,
  value: string,
  to: string,
  { more, alarming = false }: { readonly more?: HtmlContent; readonly alarming?: boolean } = {},
): Html {
  return html`<a class="tile" href="${to}">
    <span class="quietly">${title}</span>
    <strong ${alarming && html` class="alarm"`}>${value}</strong>
    ${more && html`<span class="quietly">${more}</span>`}
  </a>`
}

function inWords(count: number, max: number, t: Translate): string {
  return count > max ? `${max.toLocaleString(t.language)} +` : count.toLocaleString(t.language)
}

/** Renders a chart, which needs JavaScript, and the same as a table. */
function chartOf({ chart, series }: DrawnChart, t: Translate): Html {
  const rows = series.map(({ label, code, minutes, hour }) => [
    html`<span title="${code}">${label}</span>`,
    String(minutes),
    String(hour),
  ])
  const caption = t('{chart}, in numbers', { chart: t(chart.title) })
  return html`<figure id="chart-${chart.name}">
    <figcaption>
      <h3>${t(chart.title)}</h3>
      <p class="quietly">${t(chart.doc)}</p>
    </figcaption>
    <div class="chart" data-chart="${chart.name}" hidden aria-hidden="true"></div>
    ${table(caption, [t('Result'), t('5 minutes'), t('Hour')], rows)}
  </figure>`
}
