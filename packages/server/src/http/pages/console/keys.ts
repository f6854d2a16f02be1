import type { Seconds } from '@countersign/token'
import {
  activeOf,
  retention,
  standbyOf,
  stateOf,
  type KeyRing,
} from '../../../domain/keys/signing-key.ts'
import { html, type Html } from '../html.ts'
import type { Page } from '../page.ts'
import { moment } from '../times.ts'
import { consoleView, table } from './frame.ts'
import {
  keyForms,
  keysPath as path,
  replaceForm,
  rotateForm,
  short,
  revokeForm,
} from './key-forms.ts'
import { timelineOf, type KeyTimeline, type Stretch } from './key-timeline.ts'

/** The key ring: what signs, what is next, and what was before. */
export const consoleKeys: Page = {
  path,
  summary: 'See the signing keys on a line of time, and rotate them',
  access: 'admin',
  forms: [rotateForm, replaceForm, revokeForm],

  async show(input) {
    const { clock, store, policies } = input.runtime
    const now = clock.now()
    const ring = await store.signingKeys.list()
    const timeline = timelineOf(ring, now, policies.keys.rotationPeriod)
    const main = html`<h1>Keys</h1>
      <section class="card" aria-labelledby="line">
        <h2 id="line">What signs when</h2>
        ${draw(timeline)} ${legend()}
        <ul class="next">
          ${whatIsNext(ring, now).map((one) => html`<li>${one}</li>`)}
        </ul>
      </section>
      ${keyForms(input, ring, now)} ${allKeys(ring, now)}`
    return consoleView(input, path, { title: 'Keys', main })
  },
}

const rowHeight = 56 // pixels: a line of words and a bar
const percent = (part: number) => `${(part * 100).toFixed(2)}%`

/** The picture; the table below says the same in words. */
function draw({ bars, now, from, to }: KeyTimeline): Html {
  const height = bars.length * rowHeight + 8
  return html`<figure class="timeline" aria-hidden="true">
    <svg width="100%" height="${height}" focusable="false">
      ${bars.map(
        ({ id, algorithm, state, stretches }, row) =>
          html`<text x="6" y="${row * rowHeight + 16}">${short(id)} · ${algorithm} · ${state}</text>
            ${stretches.map(
              ({ kind, from: start, to: end }) =>
                html`<rect
                  class="${kind}"
                  x="${percent(start)}"
                  width="${percent(end - start)}"
                  y="${row * rowHeight + 24}"
                  height="20"
                  rx="4"
                ></rect>`,
            )}`,
      )}
      <line class="now" x1="${percent(now)}" x2="${percent(now)}" y1="0" y2="${height}"></line>
    </svg>
    <figcaption class="row quietly">${moment(from)} ${moment(to)}</figcaption>
  </figure>`
}

const kinds: Readonly<Record<Stretch, string>> = {
  published: 'Published, does not sign yet',
  signs: 'Signs',
  accepted: 'Signs no more, its tokens are accepted',
}

function legend(): Html {
  return html`<ul class="legend quietly" aria-hidden="true">
    ${Object.entries(kinds).map(([kind, words]) => html`<li class="${kind}">${words}</li>`)}
    <li class="now">Now</li>
  </ul>`
}

/** The next changes, as sentences. */
function whatIsNext(ring: KeyRing, now: Seconds): readonly Html[] {
  const active = activeOf(ring, now)
  const standby = standbyOf(ring, now)
  if (!active) return [html`There is no key. A server makes the first one when it starts.`]
  const signs = html`<code>${short(active.id)}</code> signs now, since
    ${moment(active.activatedAt)}.`
  if (!standby) return [signs, html`The next key is made within the hour.`]
  return [
    signs,
    html`<code>${short(standby.id)}</code> takes over at ${moment(standby.activatedAt)}, by itself.`,
    html`Tokens of <code>${short(active.id)}</code> stay good until they expire; it goes from the
      published keys at ${moment(standby.activatedAt + retention)}.`,
  ]
}

function allKeys(ring: KeyRing, now: Seconds): Html {
  const at = (time: Seconds | null) => (time === null ? '–' : moment(time))
  const rows = ring
    .toReversed()
    .map((key) => [
      html`<code title="${key.id}">${short(key.id)}</code>`,
      key.withdrawnAt === null ? stateOf(key, now) : 'withdrawn',
      key.algorithm,
      at(key.activatedAt),
      at(key.withdrawnAt ?? key.retiredAt),
    ])
  return html`<section class="card" aria-labelledby="all">
    <h2 id="all">All keys</h2>
    ${table('Signing keys', ['Key', 'State', 'Algorithm', 'Signs from', 'Until'], rows)}
  </section>`
}
