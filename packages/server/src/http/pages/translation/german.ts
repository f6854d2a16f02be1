import { audit } from './german-audit-log.ts'
import { console } from './german-console.ts'
import { overview } from './german-overview.ts'

/** The German of every phrase. */
export const german = { ...console, ...overview, ...audit }
