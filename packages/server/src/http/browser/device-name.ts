import { getParser } from 'bowser'
import type { Language } from '../../domain/kernel/client-info.ts'

const words = {
  en: { unknown: 'Unknown device', on: 'on' },
  de: { unknown: 'Unbekanntes Gerät', on: 'unter' },
} as const

/** Returns a short name for a User-Agent, such as `Firefox on Linux`; unknown parts are left out. */
export function deviceOf(userAgent: string | null, language: Language = 'en'): string {
  const { unknown, on } = words[language]
  if (!userAgent) return unknown
  const parser = getParser(userAgent)
  const [browser, system] = [parser.getBrowserName(), parser.getOSName()]
  if (browser && system) return `${browser} ${on} ${system}`
  return browser || system || userAgent.split(/[\s/]/)[0] || unknown
}
