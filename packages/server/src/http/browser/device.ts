import { getParser } from 'bowser'

/** A User-Agent in words for its owner, such as `Firefox on Linux`; what it does not know it leaves out. */
export function deviceOf(userAgent: string | null): string {
  if (!userAgent) return 'Unknown device'
  const parser = getParser(userAgent)
  const [browser, system] = [parser.getBrowserName(), parser.getOSName()]
  if (browser && system) return `${browser} on ${system}`
  return browser || system || userAgent.split(/[\s/]/)[0] || 'Unknown device'
}
