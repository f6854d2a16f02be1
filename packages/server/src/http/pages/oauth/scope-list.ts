import type { ConsentTexts } from './consent-texts.ts'
import { html, type Html } from '../html.ts'

/** Renders what an application may do with scopes at a resource, as a list. */
export function scopeList(
  { scopes: texts, api }: ConsentTexts,
  { scopes, resource }: { readonly scopes: readonly string[]; readonly resource: string },
): Html {
  const named: Readonly<Record<string, string>> = texts
  const others = scopes.filter((one) => !Object.hasOwn(named, one))
  return html`<ul class="plain">
    ${scopes.filter((one) => Object.hasOwn(named, one)).map((one) => html`<li>${named[one]}</li>`)}
    ${
      others.length > 0 &&
      html`<li>
        ${api(resource)} ${others.map((one) => html`<span class="badge">${one}</span> `)}
      </li>`
    }
  </ul>`
}
