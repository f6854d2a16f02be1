import { openMail } from '../../../domain/mail/enqueue-mail.ts'
import type { OutboxItem } from '../../../domain/mail/outbox.ts'
import { html } from '../html.ts'
import type { Page, PageInput } from '../page.ts'
import { absoluteTime } from '../format-time.ts'
import { consoleView, emptyState, table } from './console-layout.ts'

const path = '/console/mail'
const maxShown = 100

/** The outbox: how many mails wait, and the dead letters. */
export const consoleMail: Page = {
  path,
  summary: 'See the mails that could not be delivered, and how many wait',
  access: 'admin',

  async render(input) {
    const { outbox } = input.runtime.store
    const [{ waiting, dead }, letters] = await Promise.all([
      outbox.count(),
      outbox.listDead(maxShown),
    ])
    const main = html`<h1>Mail</h1>
      <p class="intro">${stateOf(input, waiting)}</p>
      ${
        dead === 0
          ? emptyState(
              'No dead letters.',
              'A mail that cannot be delivered is shown here for 30 days.',
            )
          : html`<h2>Dead letters</h2>
              <p class="intro">
                ${dead} in all, the newest first. They are not tried again, and deleted after 30
                days.
              </p>
              ${table(
                'Dead letters',
                ['To', 'Mail', 'Failed', 'Attempts', 'Error'],
                letters.map((one) => rowOf(input, one)),
              )}`
      }`
    return consoleView(input, path, { title: 'Mail', main })
  },
}

function stateOf({ runtime }: PageInput, waiting: number): string {
  if (!runtime.policies.mail.enabled)
    return 'This server sends no mail, because mail.host is not set.'
  return waiting === 1 ? '1 mail waits to be sent.' : `${waiting} mails wait to be sent.`
}

/** Renders a dead letter: its recipient and its error, and nothing of its text. */
function rowOf({ runtime }: PageInput, item: OutboxItem) {
  const { kind, failedAt, attempts, error } = item
  return [
    openMail(runtime, item)?.to ?? 'unknown',
    kind,
    failedAt === null ? '–' : absoluteTime(failedAt),
    String(attempts),
    error ?? '–',
  ]
}
