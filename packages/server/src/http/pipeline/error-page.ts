import { createHash } from 'node:crypto'
import { pageHeaders } from '../browser/security-headers.ts'

// Errors for people: a browser that opens a URL of this server gets a page, every program gets a problem document.

const style =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}small{opacity:.7}'

const headers = pageHeaders({
  styleHashes: [`'sha256-${createHash('sha256').update(style).digest('base64')}'`],
})

/** Returns whether a request is a browser's navigation: by Sec-Fetch-Mode, or without that header by Accept. */
export function wantsPage({ headers: sent }: Request): boolean {
  const accept = sent.get('accept') ?? ''
  const mode = sent.get('sec-fetch-mode')
  return accept.includes('text/html') && (mode === null || mode === 'navigate')
}

/** Turns a problem document into a page with the same status and headers. */
export async function toErrorPage(problem: Response): Promise<Response> {
  const { type, title, status, message, instance } = (await problem.json()) as Record<
    string,
    unknown
  > // made by toProblem
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${style}</style>
<h1>${escape(title)}</h1>
<p>${message === title ? '' : `${escape(message)}. `}<a href="${escape(type)}">What this means</a></p>
<p><small>${escape(status)} · ${escape(instance)}</small></p>
</html>
`
  const all = new Headers(problem.headers)
  for (const [name, value] of Object.entries(headers)) all.set(name, value)
  all.set('content-type', 'text/html; charset=utf-8')
  return new Response(html, { status: problem.status, headers: all })
}

function escape(value: unknown): string {
  return String(value).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)
}
