import { readKeyRing } from '../../../domain/keys/read-key-ring.ts'
import type { PublicAlgorithm, Seconds } from '@countersign/token/internal'
import {
  activeOf,
  algorithmsIn,
  retention,
  standbyOf,
  stateOf,
  type KeyRing,
  type StoredSigningKey,
} from '../../../domain/keys/signing-key.ts'
import { html, type Html, type HtmlContent } from '../html.ts'
import type { Page } from '../page.ts'
import { absoluteTime } from '../format-time.ts'
import type { Phrase, Translate } from '../translation/translate.ts'
import { consoleView, table } from './console-layout.ts'
import {
  keyForms,
  keysPath as path,
  keyStates,
  replaceForm,
  short,
  revokeForm,
} from './key-forms.ts'
import { timelineOf, type KeyTimeline, type KeyPhase } from './key-timeline.ts'

/** The signing keys: the active one, the next one, and earlier ones. */
export const consoleKeys: Page = {
  path,
  summary: 'See the signing keys on a timeline, and rotate them',
  access: 'admin',
  forms: [replaceForm, revokeForm],

  async render(input) {
    const { t } = input
    const { clock, policies } = input.runtime
    const now = clock.now()
    const { ring } = await readKeyRing(input.runtime)
    const timeline = timelineOf(ring, now, policies.keys)
    const main = html`<h1>${t('Keys')}</h1>
      <section class="card" aria-labelledby="line">
        <h2 id="line">${t('Key schedule')}</h2>
        ${draw(timeline, t)} ${legend(t)}
        <ul class="next">
          ${algorithmsIn(ring, now, policies.keys.algorithms)
            .flatMap((one) => upcomingChanges(ring, one, now, t))
            .map((one) => html`<li>${one}</li>`)}
        </ul>
      </section>
      ${keyForms(input, ring, now)} ${allKeys(ring, now, t)}`
    return consoleView(input, path, { title: t('Keys'), main })
  },
}

const rowHeight = 56 // pixels: a line of text and a bar
const percent = (part: number) => `${(part * 100).toFixed(2)}%`

/** Draws the timeline; the table below holds the same as text. */
function draw({ bars, now, from, to }: KeyTimeline, t: Translate): Html {
  const height = bars.length * rowHeight + 8
  return html`<figure class="timeline" aria-hidden="true">
    <svg width="100%" height="${height}" focusable="false">
      ${bars.map(({ stretches }, row) =>
        stretches.map(
          ({ kind, from: start, to: end }) =>
            html`<rect
              class="${kind}"
              x="${percent(start)}"
              width="${percent(end - start)}"
              y="${row * rowHeight + 24}"
              height="20"
              rx="4"
            ></rect>`,
        ),
      )}
      <line class="now" x1="${percent(now)}" x2="${percent(now)}" y1="0" y2="${height}"></line>
      ${bars.map(
        ({ id, algorithm, state }, row) =>
          html`<text x="6" y="${row * rowHeight + 16}"
            >${short(id)} · ${algorithm} · ${t(keyStates[state])}</text
          >`,
      )}
    </svg>
    <figcaption class="row quietly">
      ${absoluteTime(from, t.language)} ${absoluteTime(to, t.language)}
    </figcaption>
  </figure>`
}

const phases: Readonly<Record<KeyPhase, Phrase>> = {
  published: 'Published, not signing yet',
  signs: 'Signing',
  accepted: 'No longer signing, tokens still accepted',
}

function legend(t: Translate): Html {
  return html`<ul class="legend quietly" aria-hidden="true">
    ${Object.entries(phases).map(([phase, words]) => html`<li class="${phase}">${t(words)}</li>`)}
    <li class="now">${t('Now')}</li>
  </ul>`
}

/** Returns the next changes of a chain, as sentences. */
function upcomingChanges(
  ring: KeyRing,
  algorithm: PublicAlgorithm,
  now: Seconds,
  t: Translate,
): readonly HtmlContent[] {
  const active = activeOf(ring, now, algorithm)
  const standby = standbyOf(ring, now, algorithm)
  const key = (one: { readonly id: string }) => html`<code>${short(one.id)}</code>`
  const at = (time: Seconds) => absoluteTime(time, t.language)
  const valuesOf = (one: StoredSigningKey) => {
    return { algorithm, key: key(one), time: at(one.activatedAt) }
  }
  if (!active && standby)
    return [t.html('{algorithm}: {key} begins to sign at {time}.', valuesOf(standby))]
  if (!active)
    return [
      t('{algorithm}: no key signs any more; tokens that are still valid are accepted.', {
        algorithm,
      }),
    ]
  const signs = t.html('{algorithm}: {key} is signing, since {time}.', valuesOf(active))
  if (active.retiredAt !== null && !standby) {
    const time = at(active.retiredAt)
    return [signs, t.html('It is the last one, and stops signing at {time}.', { time })]
  }
  if (!standby) return [signs, t('The next key is created within the hour.')]
  const gone = { key: key(active), time: at(standby.activatedAt + retention) }
  return [
    signs,
    t.html('{key} takes over automatically at {time}.', valuesOf(standby)),
    t.html(
      'Tokens of {key} stay valid until they expire; the key is removed from the published keys at {time}.',
      gone,
    ),
  ]
}

function allKeys(ring: KeyRing, now: Seconds, t: Translate): Html {
  const at = (time: Seconds | null) => time !== null && absoluteTime(time, t.language)
  const rows = ring
    .toReversed()
    .map((key) => [
      html`<code title="${key.id}">${short(key.id)}</code>`,
      t(key.revokedAt === null ? keyStates[stateOf(key, now)] : 'revoked'),
      key.algorithm,
      at(key.activatedAt),
      at(key.revokedAt ?? key.retiredAt),
    ])
  const heads = [t('Key'), t('State'), t('Algorithm'), t('Signs from'), t('Until')]
  return html`<section class="card" aria-labelledby="all">
    <h2 id="all">${t('All keys')}</h2>
    ${table(t('Signing keys'), heads, rows)}
  </section>`
}
