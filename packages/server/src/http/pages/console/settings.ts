import { version } from '../../../domain/kernel/version.ts'
import { absoluteTime } from '../format-time.ts'
import { html, type Html } from '../html.ts'
import type { Page, PageInput } from '../page.ts'
import { consoleView, table } from './console-layout.ts'

const path = '/console/settings'

/** The effective settings, those that were changed first. They are changed at their source, and take effect at the next start. */
export const consoleSettings: Page = {
  path,
  summary:
    'See the version, the uptime, and the effective settings with their sources, without secrets: those that were changed first',
  access: 'admin',

  render(input) {
    const { settings, t } = input
    const isDefault = ({ from }: (typeof settings)[number]) => from === 'default'
    const changed = settings.filter((one) => !isDefault(one))
    const main = html`<h1>${t('Settings')}</h1>
      ${aboutThis(input)}
      <p class="intro">
        ${t.html(
          'To change a setting, change it at its source and restart the server. {command} shows the same on the command line.',
          {
            command: html`<code>countersign config</code>`,
          },
        )}
      </p>
      <h2>${t('Changed settings')}</h2>
      ${listOf(changed, t('Changed settings'), input)}
      <details>
        <summary>${t('Settings with their default')}</summary>
        ${listOf(settings.filter(isDefault), t('Settings with their default'), input)}
      </details>`
    return consoleView(input, path, { title: t('Settings'), main })
  },
}

function aboutThis({ runtime, startedAt, development, t }: PageInput): Html {
  const seconds = runtime.clock.now() - startedAt
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor((seconds % 86_400) / 3600),
    Math.floor((seconds % 3600) / 60),
  ]
  return html`<section class="card" aria-label="${t('This server')}">
    <dl class="facts">
      <dt>${t('Version')}</dt>
      <dd>Countersign ${version}, Node.js ${process.versions.node}</dd>
      <dt>${t('Mode')}</dt>
      <dd>${development ? t('development') : t('production')}</dd>
      <dt>${t('Running since')}</dt>
      <dd>
        ${absoluteTime(startedAt, t.language)}
        (${t('{days} d {hours} h {minutes} min', { days, hours, minutes })})
      </dd>
      <dt>${t('Issuer')}</dt>
      <dd><code>${runtime.issuer.url}</code></dd>
    </dl>
  </section>`
}

function listOf(settings: PageInput['settings'], caption: string, { t }: PageInput): Html {
  const rows = settings.map(({ key, value, from }) => [
    html`<code>${key}</code>`,
    html`<code class="long">${value}</code>`,
    from === 'default' ? t('default') : from,
  ])
  return table(caption, [t('Setting'), t('Value'), t('Source')], rows)
}
