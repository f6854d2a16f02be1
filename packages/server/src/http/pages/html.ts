import { html as template } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** HTML that is safe to send. */
export type Html = HtmlEscapedString

/** The values of a template: text, which is escaped; HTML; several of them; or nothing. */
export type HtmlContent = string | number | Html | false | null | undefined | readonly HtmlContent[]

/**
 * Makes HTML from a template, with hono. Values are escaped unless this tag made them; there is no other way to make `Html`. Attribute values
 * must be in double quotes.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlContent[]): Html {
  return template(strings, ...values) as Html // it is a promise only if a value is one, and `HtmlContent` excludes promises
}

/** Renders text between backticks as code. */
export function inlineCode(text: string): HtmlContent {
  return text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))
}
