import type { Client } from '../../../../domain/clients/client.ts'
import type { StoredSecret } from '../../../../domain/clients/clients.ts'
import { fail } from '../../../../failures.ts'
import { clientIdSchema } from '../../../api/schemas.ts'
import { absoluteTime, relativeTime } from '../../format-time.ts'
import { html, type HtmlContent } from '../../html.ts'
import type { Page, PageInput } from '../../page.ts'
import type { Translate } from '../../translation/translate.ts'
import { badges, consoleView, emptyState, table } from '../console-layout.ts'

/** The path of the section of clients. */
export const clientsPath = '/console/clients'

/** Returns the path of the page of a client; an id can be a URL. */
export function pathOf(id: string): string {
  return `${clientsPath}/${encodeURIComponent(id)}`
}

/** Reads the client of the path. Fails with `client_unknown`. */
export async function clientOf({
  runtime,
  params,
}: Pick<PageInput, 'runtime' | 'params'>): Promise<Client> {
  const id = params['id'] ?? ''
  const client = clientIdSchema.safeParse(id).success
    ? await runtime.store.clients.find(id)
    : undefined
  if (!client) throw fail('client_unknown')
  return client
}

/** Service accounts and applications, with when their secrets were last used and end. */
export const consoleClients: Page = {
  path: clientsPath,
  summary: 'List service accounts and applications, with when their secrets were last used and end',
  access: 'admin',

  async render(input) {
    const { t, link } = input
    const { store } = input.runtime
    const clients = await store.clients.list()
    const rows: HtmlContent[][] = []
    for (const one of clients) rows.push(rowOf(one, await store.clients.secrets(one.id), input))
    const main = html`<div class="title">
        <h1>${t('Clients')}</h1>
        <div class="row">
          <a class="button small" href="${link(`${clientsPath}/add-application`)}"
            >${t('New application')}</a
          >
          <a class="button small" href="${link(`${clientsPath}/add`)}"
            >${t('New service account')}</a
          >
        </div>
      </div>
      <p class="intro">
        ${t('Applications sign users in; service accounts get access tokens for themselves.')}
      </p>
      ${
        clients.length === 0
          ? emptyState(t('No clients.'), t('A program of yours needs one to get access tokens.'))
          : table(t('Clients'), [t('Name'), t('Kind'), t('Scopes'), t('Authenticates by')], rows)
      }`
    return consoleView(input, clientsPath, { title: t('Clients'), main })
  },
}

/** Returns the word for a client. */
export function kindOf({ application }: Pick<Client, 'application'>, t: Translate): string {
  return application ? t('application') : t('service account')
}

function rowOf(
  { id, name, scopes, jwks, trust, application }: Client,
  secrets: readonly StoredSecret[],
  { link, runtime, t }: PageInput,
): HtmlContent[] {
  const now = runtime.clock.now()
  const shown = secrets.map(({ secret: { lastUsedAt, expiresAt } }) => {
    const used =
      lastUsedAt === null
        ? t('never used')
        : t.html('last used {time}', { time: relativeTime(lastUsedAt, now, t.language) })
    const time = expiresAt !== null && absoluteTime(expiresAt, t.language)
    const end =
      expiresAt !== null && t.html(expiresAt > now ? 'ends {time}' : 'ended {time}', { time })
    return html`<p>${t('Secret')}, ${used}${end && html`, ${end}`}</p>`
  })
  return [
    html`<a href="${link(pathOf(id))}">${name}</a>`,
    kindOf({ application }, t),
    badges(scopes),
    html`${shown}${jwks && html`<p>${t('Its own keys')}</p>`}${trust && html`<p>${t('Tokens of {issuer}', { issuer: trust.issuer })}</p>`}${application?.isPublic && html`<p>${t('Nothing: it is public')}</p>`}`,
  ]
}
