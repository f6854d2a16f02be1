import { readKeyRing } from '../../../domain/keys/read-key-ring.ts'
import type { PublicAlgorithm, Seconds } from '@countersign/token/internal'
import {
  activeOf,
  algorithmsIn,
  retention,
  standbyOf,
  stateOf,
  type KeyRing,
} from '../../../domain/keys/signing-key.ts'
import { html, type Html } from '../html.ts'
import type { Page } from '../page.ts'
import { absoluteTime } from '../format-time.ts'
import { consoleView, table } from './console-layout.ts'
import {
  keyForms,
  keysPath as path,
  replaceForm,
  rotateForm,
  short,
  revokeForm,
} from './key-forms.ts'
import { timelineOf, type KeyTimeline, type KeyPhase } from './key-timeline.ts'

/** The signing keys: the active one, the next one, and earlier ones. */
export const consoleKeys: Page = {
  path,
  summary: 'See the signing keys on a timeline, and rotate them',
  access: 'admin',
  forms: [rotateForm, replaceForm, revokeForm],

  async render(input) {
    const { clock, policies } = input.runtime
    const now = clock.now()
    const { ring } = await readKeyRing(input.runtime)
    const timeline = timelineOf(ring, now, policies.keys)
    const main = html`<h1>Keys</h1>
      <section class="card" aria-labelledby="line">
        <h2 id="line">Key schedule</h2>
        ${draw(timeline)} ${legend()}
        <ul class="next">
          ${algorithmsIn(ring, now, policies.keys.algorithms)
            .flatMap((one) => upcomingChanges(ring, one, now))
            .map((one) => html`<li>${one}</li>`)}
        </ul>
      </section>
      ${keyForms(input, ring, now)} ${allKeys(ring, now)}`
    return consoleView(input, path, { title: 'Keys', main })
  },
}

const rowHeight = 56 // pixels: a line of text and a bar
const percent = (part: number) => `${(part * 100).toFixed(2)}%`

/** Draws the timeline; the table below holds the same as text. */
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
    <figcaption class="row quietly">${absoluteTime(from)} ${absoluteTime(to)}</figcaption>
  </figure>`
}

const kinds: Readonly<Record<KeyPhase, string>> = {
  published: 'Published, not signing yet',
  signs: 'Signing',
  accepted: 'No longer signing, tokens still accepted',
}

function legend(): Html {
  return html`<ul class="legend quietly" aria-hidden="true">
    ${Object.entries(kinds).map(([kind, words]) => html`<li class="${kind}">${words}</li>`)}
    <li class="now">Now</li>
  </ul>`
}

/** Returns the next changes of a chain, as sentences. */
function upcomingChanges(ring: KeyRing, algorithm: PublicAlgorithm, now: Seconds): readonly Html[] {
  const active = activeOf(ring, now, algorithm)
  const standby = standbyOf(ring, now, algorithm)
  if (!active)
    return standby
      ? [
          html`${algorithm}: <code>${short(standby.id)}</code> begins to sign at
            ${absoluteTime(standby.activatedAt)}.`,
        ]
      : [html`${algorithm}: no key signs any more; tokens that are still valid are accepted.`]
  const signs = html`${algorithm}: <code>${short(active.id)}</code> is signing, since
    ${absoluteTime(active.activatedAt)}.`
  if (active.retiredAt !== null && !standby)
    return [
      signs,
      html`It is the last one, and stops signing at ${absoluteTime(active.retiredAt)}.`,
    ]
  if (!standby) return [signs, html`The next key is created within the hour.`]
  return [
    signs,
    html`<code>${short(standby.id)}</code> takes over automatically at
      ${absoluteTime(standby.activatedAt)}.`,
    html`Tokens of <code>${short(active.id)}</code> stay valid until they expire; the key is removed
      from the published keys at ${absoluteTime(standby.activatedAt + retention)}.`,
  ]
}

function allKeys(ring: KeyRing, now: Seconds): Html {
  const at = (time: Seconds | null) => (time === null ? '–' : absoluteTime(time))
  const rows = ring
    .toReversed()
    .map((key) => [
      html`<code title="${key.id}">${short(key.id)}</code>`,
      key.revokedAt === null ? stateOf(key, now) : 'revoked',
      key.algorithm,
      at(key.activatedAt),
      at(key.revokedAt ?? key.retiredAt),
    ])
  return html`<section class="card" aria-labelledby="all">
    <h2 id="all">All keys</h2>
    ${table('Signing keys', ['Key', 'State', 'Algorithm', 'Signs from', 'Until'], rows)}
  </section>`
}
