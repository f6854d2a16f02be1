import { setting, type SettingGroups } from '../setting.ts'
import { duration, wholeNumber } from '../shapes.ts'

/** How guards elsewhere learn that a session has ended. */
export const revocation = {
  revocation: {
    listTtl: setting(
      duration.refine((seconds) => seconds >= 10 && seconds <= 3600, 'must be from 10s to 1h'),
      'DURATION',
      '5m',
      'How long a guard may use a status list without asking again: so late at most it learns of a session that has ended when it follows no feed.',
    ),
    heartbeat: setting(
      duration.refine((seconds) => seconds <= 60, 'must be at most 60s'),
      'DURATION',
      '5s',
      'How often a feed says that it is alive: within two of these a guard notices that it is not.',
    ),
    feedConnections: setting(
      wholeNumber(0, 100_000),
      'NUMBER',
      '1000',
      'How many guards may follow feeds of one server, a tenth of them, but at least 16, from one address (of IPv6, one /64 network); with `0` none, and they ask for the list instead.',
    ),
  },
} as const satisfies SettingGroups
