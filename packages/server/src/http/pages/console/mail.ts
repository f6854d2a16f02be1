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
    const { t } = input
    const { outbox } = input.runtime.store
    const [{ waiting, dead }, letters] = await Promise.all([
      outbox.count(),
      outbox.listDead(maxShown),
    ])
    const main = html`<h1>${t('Mail')}</h1>
      <p class="intro">${stateOf(input, waiting)}</p>
      ${
        dead === 0
          ? emptyState(
              t('No dead letters.'),
              t('A mail that cannot be delivered is shown here for 30 days.'),
            )
          : html`<h2>${t('Dead letters')}</h2>
              <p class="intro">
                ${t('{count} in all, the newest first. They are not tried again, and deleted after 30 days.', { count: dead })}
              </p>
              ${table(
                t('Dead letters'),
                [t('To'), t('Mail'), t('Failed'), t('Attempts'), t('Error')],
                letters.map((one) => rowOf(input, one)),
              )}`
      }`
    return consoleView(input, path, { title: t('Mail'), main })
  },
}

function stateOf({ runtime, t }: PageInput, waiting: number): string {
  if (!runtime.policies.mail.enabled)
    return t('This server sends no mail, because mail.host is not set.')
  return waiting === 1
    ? t('One mail waits to be sent.')
    : t('{count} mails wait to be sent.', { count: waiting })
}

/** Renders a dead letter: its recipient and its error, and nothing of its text. */
function rowOf({ runtime, t }: PageInput, item: OutboxItem) {
  const { kind, failedAt, attempts, error } = item
  return [
    openMail(runtime, item)?.to ?? t('unknown'),
    kind,
    failedAt !== null && absoluteTime(failedAt, t.language),
    String(attempts),
    error,
  ]
}
