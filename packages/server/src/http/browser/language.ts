import { languages, type Language } from '../../domain/kernel/client-info.ts'

/** Returns the language that a browser prefers among those of this server, by Accept-Language (RFC 9110, section 12.5.4); `undefined` if it names none of them. */
export function parseLanguage(header: string | undefined): Language | undefined {
  const wanted = (header ?? '')
    .slice(0, 256)
    .split(',')
    .map((part, at) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
      const q = parameters.map((one) => /^ *q=([01](?:\.\d{0,3})?) *$/.exec(one)?.[1]).find(Boolean)
      return { tag: tag.split('-')[0], q: q === undefined ? 1 : Number(q), at }
    })
    .filter(({ q }) => q > 0)
    .toSorted((a, b) => b.q - a.q || a.at - b.at)
  return wanted.flatMap(({ tag }) => languages.find((one) => one === tag) ?? [])[0]
}
