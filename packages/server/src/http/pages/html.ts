import { html as template } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** HTML that is safe to send. */
export type Html = HtmlEscapedString

/** What may stand in a template: text, which is escaped; HTML; several of them; or nothing. */
export type HtmlContent = string | number | Html | false | null | undefined | readonly HtmlContent[]

/**
 * A template of HTML, by hono. Whatever is put in is escaped, but for what this tag made itself: there is no other way to make `Html`.
 * Every attribute's value stands in double quotes.
 */
export function html(strings: TemplateStringsArray, ...pieces: readonly HtmlContent[]): Html {
  return template(strings, ...pieces) as Html // only a promise among the pieces makes a promise of it, and `HtmlContent` lets none in
}
