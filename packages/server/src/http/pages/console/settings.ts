import { html } from '../html.ts'
import type { Page } from '../page.ts'
import { consoleView, table } from './console-layout.ts'

/** The settings as they are in force. They are changed where they come from, and count from the next start on. */
export const consoleSettings: Page = {
  path: '/console/settings',
  summary: 'See the settings in force, and where each comes from; secrets are not shown',
  access: 'admin',

  render(input) {
    const rows = input.settings.map(({ key, value, from }) => [
      html`<code>${key}</code>`,
      html`<code>${value}</code>`,
      from,
    ])
    const main = html`<h1>Settings</h1>
      <p class="intro">
        As this process was started with them. Change one where it comes from, and start the server
        again; <code>countersign config</code> says the same at the command line.
      </p>
      ${table('Settings in force', ['Setting', 'Value', 'From'], rows)}`
    return consoleView(input, '/console/settings', { title: 'Settings', main })
  },
}
