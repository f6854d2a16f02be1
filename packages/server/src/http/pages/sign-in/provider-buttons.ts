import type { Language } from '../../../domain/kernel/client-info.ts'
import { formErrorMessage, type FieldContext } from '../fields.ts'
import { html, type Html } from '../html.ts'
import type { PageInput, View } from '../page.ts'

// The buttons that send a browser to an identity provider, and the page on the way to it.

const texts: Readonly<
  Record<
    Language,
    { readonly with: (title: string) => string; readonly going: string; readonly on: string }
  >
> = {
  en: { with: (title) => `Continue with ${title}`, going: 'Going to', on: 'Continue' },
  de: { with: (title) => `Weiter mit ${title}`, going: 'Weiter zu', on: 'Weiter' },
}

/** The path to which the button of a provider is sent. */
export const providerPath = '/login/with/:provider'

/** Renders a form with a button for each provider of the settings, or for those of `names`; nothing if there is none. `fields` go with every button. */
export function providerButtons(
  { runtime, link, language }: Pick<PageInput, 'runtime' | 'link' | 'language'>,
  of: FieldContext,
  fields: Html | undefined,
  names?: readonly string[],
): Html | undefined {
  const all = [...runtime.identityProviders.values()]
  const providers = all.filter(({ name }) => names?.includes(name) ?? true)
  if (providers.length === 0) return undefined
  const pathOf = (name: string) => link(providerPath.replace(':provider', name))
  return html`<form method="post" action="${pathOf(providers[0]?.name ?? '')}" class="fields">
    ${formErrorMessage(of)} ${fields}
    ${providers.map(
      ({ name, title }) =>
        html`<button formaction="${pathOf(name)}">${texts[language].with(title)}</button>`,
    )}
  </form>`
}

/**
 * Renders the page that sends the browser on to a provider. It is a page, and not a redirect, because browsers check the redirects of forms against the
 * policy of the page that has the form, and only the provider knows where its own redirects lead.
 */
export function goingToProvider(title: string, url: string, language: Language): View {
  const { going, on } = texts[language]
  const main = html`<section class="card narrow">
    <h1>${going} ${title}</h1>
    <p><a class="button" href="${url}">${on}</a></p>
  </section>`
  return { title: `${going} ${title}`, main, language, forward: url }
}
