import { html } from '../html.ts'
import type { Page } from '../page.ts'
import { consoleView, table } from './console-layout.ts'

/** The effective settings. They are changed at their source, and take effect at the next start. */
export const consoleSettings: Page = {
  path: '/console/settings',
  summary: 'See the effective settings and their sources, without secrets',
  access: 'admin',

  render(input) {
    const rows = input.settings.map(({ key, value, from }) => [
      html`<code>${key}</code>`,
      html`<code>${value}</code>`,
      from,
    ])
    const main = html`<h1>Settings</h1>
      <p class="intro">
        The settings that this process was started with. To change one, change it at its source and
        restart the server. <code>countersign config</code> shows the same on the command line.
      </p>
      ${table('Effective settings', ['Setting', 'Value', 'Source'], rows)}`
    return consoleView(input, '/console/settings', { title: 'Settings', main })
  },
}
