import { z } from 'zod'
import { setting, type SettingGroups } from '../setting.ts'
import { duration, off, rate, text, wholeNumber } from '../shapes.ts'

/** What is issued, how long it lives, and how often somebody may ask. */
export const sessions = {
  tokens: {
    audience: setting(
      text(255).optional(),
      'NAME',
      undefined,
      'Whom access tokens are for, their aud. By default the issuer URL.',
    ),
    lifetime: setting(
      duration.refine((seconds) => seconds >= 10 && seconds <= 86_400, 'must be from 10s to 24h'),
      'DURATION',
      '15m',
      'How long an access token lives.',
    ),
  },
  sessions: {
    idleLifetime: setting(
      duration.refine((seconds) => seconds >= 60, 'must be at least 1m'),
      'DURATION',
      '14d',
      'How long a session lives without being refreshed.',
    ),
    lifetime: setting(
      duration.refine((seconds) => seconds >= 60, 'must be at least 1m'),
      'DURATION',
      '90d',
      'How long a session lives in any case.',
    ),
    refreshGrace: setting(
      z
        .union([z.literal('0').transform(() => 0), duration], 'must be 0 or a duration such as 10s')
        .refine((seconds) => seconds <= 60, 'must be at most 60s'),
      'DURATION',
      '10s',
      'How long a used refresh token is taken for a retry whose answer got lost, and gets the same successor; `0` for never.',
    ),
  },
  limits: {
    attempts: setting(
      rate,
      'RATE',
      { development: '1000/1m', production: '30/1m' },
      'Sign-ins from one address, or from one /64 network of IPv6: so many at once, and so many in so much time; `0` for no limit.',
    ),
    changes: setting(
      rate,
      'RATE',
      { development: '1000/1m', production: '60/1m' },
      'Requests with which one user changes something: so many at once, and so many in so much time; `0` for no limit.',
    ),
    freeAttempts: setting(
      wholeNumber(2, 100),
      'NUMBER',
      { development: '100', production: '5' },
      'Wrong passwords for one user from one address after which the next one has to wait: a second, then twice as long each time.',
    ),
    maxAttemptDelay: setting(
      z.union([off.transform(() => 0), duration], 'must be 0 or a duration such as 15m'),
      'DURATION',
      '15m',
      'The longest that somebody who guesses at a password has to wait; `0` for never.',
    ),
  },
} as const satisfies SettingGroups
