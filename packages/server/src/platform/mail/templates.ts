import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { IdentifiedMail } from '../../domain/mail/mail.ts'

// platform/mail/: renders mails from template files, and delivers them by SMTP or into the mailbox of development.

/** A mail as people see it. */
export interface RenderedMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

const ownFolder = fileURLToPath(
  new URL('assets/mail/', import.meta.resolve('@countersign/server/package.json')),
)

/**
 * Makes the function that renders mails from `<language>/<kind>.txt`, which begins with a line `Subject: …` and an empty one, and
 * `<language>/<kind>.html`, which `<language>/layout.html` surrounds. `{{name}}` stands for a value, and is escaped in HTML; `{{time}}` is when the mail was promised, in UTC. The operator's
 * folder, if there is one, is searched first, file by file.
 */
export function createTemplates(
  folder: string | undefined,
  service: string,
): (mail: IdentifiedMail) => RenderedMail {
  const read = (name: string): string => {
    const folders = folder === undefined ? [ownFolder] : [folder, ownFolder]
    for (const one of folders.slice(0, -1)) {
      try {
        return readFileSync(join(one, name), 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    return readFileSync(join(ownFolder, name), 'utf8')
  }
  return ({ kind, language, values, secrets, createdAt }) => {
    const revealed = Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()])
    const time = new Date(createdAt * 1000).toISOString().slice(0, 16).replace('T', ' ') // in UTC
    const all = { ...values, ...Object.fromEntries(revealed), service, time }
    const [first = '', ...rest] = fill(read(`${language}/${kind}.txt`), all).split('\n')
    const body = fill(read(`${language}/${kind}.html`), all, escapeHtml)
    const [before = '', after = ''] = read(`${language}/layout.html`).split('{{body}}')
    return {
      subject: first.replace(/^Subject: */, ''),
      text: rest.join('\n').trimStart(),
      html: fill(before, all, escapeHtml) + body + fill(after, all, escapeHtml),
    }
  }
}

function fill(
  template: string,
  values: Readonly<Record<string, string>>,
  escape = (text: string) => text,
): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => escape(values[name] ?? ''))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => entities[sign] ?? '')
}
