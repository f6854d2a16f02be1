import * as z from 'zod'
import { setting, type SettingGroups } from '../setting.ts'
import { duration, wholeNumber } from '../shapes.ts'

/** Status lists and their feeds, by which guards in other services learn of revoked tokens. */
export const revocation = {
  revocation: {
    listTtl: setting(
      duration.refine((seconds) => seconds >= 10 && seconds <= 3600, 'must be from 10s to 1h'),
      'DURATION',
      '5m',
      'How long a guard may cache a status list: the maximum delay of a revocation for a guard that follows no feed.',
    ),
    heartbeat: setting(
      duration.refine((seconds) => seconds <= 60, 'must be at most 60s'),
      'DURATION',
      '5s',
      'Interval of heartbeats on a feed: a guard notices a dead feed within two of them.',
    ),
    feedConnections: setting(
      wholeNumber(0, 100_000),
      'NUMBER',
      '1000',
      'Maximum number of guards that follow feeds of one server; one client address (one /64 network of IPv6) can have a tenth of them, at least 16. With `0` guards fetch the list instead.',
    ),
    notify: setting(
      z.enum(['on', 'off'], 'must be on or off'),
      'WORD',
      'on',
      'Whether servers on PostgreSQL notify each other of revocations and new keys with `LISTEN` and `NOTIFY`. With `off`, for a pooler or an engine that has neither, they poll once a second.',
    ),
  },
} as const satisfies SettingGroups
