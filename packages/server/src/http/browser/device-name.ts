import { getParser } from 'bowser'

/** Returns a short name for a User-Agent, such as `Firefox on Linux`; unknown parts are left out. */
export function deviceOf(userAgent: string | null): string {
  if (!userAgent) return 'Unknown device'
  const parser = getParser(userAgent)
  const [browser, system] = [parser.getBrowserName(), parser.getOSName()]
  if (browser && system) return `${browser} on ${system}`
  return browser || system || userAgent.split(/[\s/]/)[0] || 'Unknown device'
}
