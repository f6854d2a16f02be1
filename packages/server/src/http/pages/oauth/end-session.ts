import * as z from 'zod'
import {
  findLogoutRequest,
  isOfSignIn,
  logoutParameters,
  type LogoutRequest,
} from '../../../domain/grants/logout-request.ts'
import type { Language } from '../../../domain/kernel/client-info.ts'
import { html } from '../html.ts'
import { icon } from '../icons.ts'
import { form, type Page, type PageInput, type Redirect, type View, type Visitor } from '../page.ts'

const path = '/oauth/logout'
const confirmPath = '/oauth/logout/confirm'

const texts = {
  en: {
    title: 'Sign out?',
    asks: (application: string) => `${application} asks to sign you out here.`,
    who: (user: string) =>
      `You are signed in as ${user}. Applications that you use in this browser are signed out, too.`,
    yes: 'Sign out',
    no: 'Stay signed in',
  },
  de: {
    title: 'Abmelden?',
    asks: (application: string) => `${application} bittet darum, Sie hier abzumelden.`,
    who: (user: string) =>
      `Sie sind als ${user} angemeldet. Anwendungen, die Sie in diesem Browser benutzen, werden auch abgemeldet.`,
    yes: 'Abmelden',
    no: 'Angemeldet bleiben',
  },
} as const satisfies Readonly<Record<Language, object>>

/** A request that an application sends as a form, from its own site: it becomes a request by GET, and changes nothing (section 2). */
const requestForm = form({
  name: 'logout-request',
  path,
  limit: { none: 'it redirects, and changes nothing' },
  fromAnySite: true,
  fields: z.object({
    id_token_hint: z.string().optional(),
    client_id: z.string().optional(),
    post_logout_redirect_uri: z.string().optional(),
    state: z.string().optional(),
  }),
  submit({ fields, link }) {
    const query = new URLSearchParams()
    for (const name of logoutParameters) if (fields[name]) query.set(name, fields[name])
    return { to: link(`${path}?${query}`) }
  },
})

const confirmForm = form({
  name: 'logout',
  path: confirmPath,
  limit: { none: 'it takes the cookies of the session, and no session ends twice' },
  fields: z.object({}),
  submit: async (input) => signOut(input, await findLogoutRequest(input.runtime, input.query)),
})

/**
 * The end session endpoint (OpenID Connect RP-Initiated Logout, section 2): it ends the session of the browser, with the grants that end with it.
 * With an ID token of that session it does so at once, otherwise the user is asked: a link of another site must sign no one out.
 */
export const endSessionPage: Page = {
  path,
  summary: 'Sign out on this device at the request of an application',
  access: 'public',
  forms: [requestForm, confirmForm],

  async render(input) {
    const request = await findLogoutRequest(input.runtime, input.query)
    const { visitor } = input
    const { grant } = request
    if (!visitor || (grant && isOfSignIn(grant, visitor.session))) return signOut(input, request)
    return question(input, request, visitor)
  },
}

/** Signs the visitor out. Without one, no cookie is cleared either: a request of another site brings none, and must not take away those that are there. */
function signOut({ link, visitor }: PageInput, { returnTo }: LogoutRequest): Redirect {
  const signedOut = visitor && ({ signedOut: true } as const)
  if (returnTo !== undefined) return { to: returnTo, ...signedOut }
  return { to: link('/sign-in'), flash: 'signed_out', ...signedOut }
}

function question(
  { language, link, query }: PageInput,
  { client, returnTo }: LogoutRequest,
  { user }: Visitor,
): View {
  const text = texts[language]
  const main = html`<section class="card narrow">
    <h1>${text.title}</h1>
    ${client && html`<p>${text.asks(client.name)}</p>`}
    <p>${text.who(user.name)}</p>
    <form method="post" action="${link(`${confirmPath}?${query}`)}" class="row">
      <button class="primary">${icon('door')}${text.yes}</button
      ><a class="button" href="${link('/account')}">${text.no}</a>
    </form>
  </section>`
  const target = returnTo === undefined ? undefined : new URL(returnTo)
  const formTargets = target && [target.origin === 'null' ? target.protocol : target.origin]
  return { title: text.title, main, language, ...(formTargets && { formTargets }) }
}
