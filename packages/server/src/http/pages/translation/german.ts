import { audit } from './german-audit-log.ts'
import { console } from './german-console.ts'

/** The German of every phrase. */
export const german = { ...console, ...audit }
