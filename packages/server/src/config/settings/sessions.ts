import * as z from 'zod'
import { setting, type SettingGroups } from '../setting.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { day, duration, hostList, off, rate, text, wholeNumber } from '../shapes.ts'

/** Tokens, sessions and rate limits. */
export const sessions = {
  tokens: {
    audience: setting(
      text(255).optional(),
      'NAME',
      undefined,
      'Audience of access tokens, their aud. Default: the issuer URL.',
    ),
    lifetime: setting(
      duration.refine((seconds) => seconds >= 10 && seconds <= 86_400, 'must be from 10s to 24h'),
      'DURATION',
      '15m',
      'Lifetime of an access token.',
    ),
    type: setting(
      z.enum(['at+jwt', 'JWT'], 'must be at+jwt or JWT'),
      'TYPE',
      'at+jwt',
      'Type of access tokens, their typ: at+jwt (RFC 9068), or JWT for readers that refuse at+jwt. Guards then need the option type: JWT.',
    ),
    legacySecret: setting(
      z
        .string()
        .min(1, 'is empty')
        .transform((secret) => new Secret(secret))
        .optional(),
      'TEXT',
      undefined,
      'Honours tokens that an application has signed with this secret and HS256 before it moved to this server: on `/me`, and by the guard of an application around this server.',
      { secret: true },
    ),
    legacyUntil: setting(
      day.optional(),
      'DAY',
      undefined,
      'The day on which those tokens end, such as `2027-03-01`, at 0:00 UTC; at most a year ahead. Required with `tokens.legacy_secret`.',
    ),
    legacyClaim: setting(
      text(64),
      'NAME',
      'user',
      'The claim of those tokens that names the user, by name or by id.',
    ),
    legacyLifetime: setting(
      duration.refine((seconds) => seconds <= 2_592_000, 'must be at most 30d'),
      'DURATION',
      '1h',
      'The lifetime that the application gave those tokens. One without `iat` was issued that long before it expires, which is refused if the password was changed since.',
    ),
  },
  sessions: {
    idleLifetime: setting(
      duration.refine((seconds) => seconds >= 60, 'must be at least 1m'),
      'DURATION',
      '14d',
      'How long a session stays alive without a refresh.',
    ),
    lifetime: setting(
      duration.refine((seconds) => seconds >= 60, 'must be at least 1m'),
      'DURATION',
      '90d',
      'Maximum lifetime of a session.',
    ),
    refreshGrace: setting(
      z
        .union([z.literal('0').transform(() => 0), duration], 'must be 0 or a duration such as 10s')
        .refine((seconds) => seconds <= 60, 'must be at most 60s'),
      'DURATION',
      '10s',
      'How long a used refresh token may be retried, in case the response was lost, and gets the same successor; `0` for never.',
    ),
  },
  oauth: {
    clientMetadataDocuments: setting(
      hostList,
      'LIST',
      '',
      'Hosts whose applications need no registration, such as `claude.ai, vscode.dev`, separated by commas: their client id is the https URL of a metadata document on that host, which this server fetches. `*` accepts every host that has public addresses only; empty accepts none. Users are always asked, and such applications get scopes of open resources only.',
    ),
  },
  limits: {
    attempts: setting(
      rate,
      'RATE',
      { development: '1000/1m', production: '30/1m' },
      'Rate limit of sign-ins, and of wrong credentials of clients, from one client address (one /64 network of IPv6): a burst, refilled over a period; `0` for no limit.',
    ),
    changes: setting(
      rate,
      'RATE',
      { development: '1000/1m', production: '60/1m' },
      'Rate limit of changing requests by one user: a burst, refilled over a period; `0` for no limit.',
    ),
    mails: setting(
      rate,
      'RATE',
      { development: '1000/1m', production: '5/1h' },
      'Rate limit of mails with codes or links to one address, and of those that one user asks for: a burst, refilled over a period; `0` for no limit. One network gets three fifths of the mails to an address, and one is left for a new password. Beyond it no mail is sent, and the answer is the same.',
    ),
    freeAttempts: setting(
      wholeNumber(2, 100),
      'NUMBER',
      { development: '100', production: '5' },
      'Wrong passwords for one user from one client address before each further attempt has to wait: a second, then twice as long each time.',
    ),
    maxAttemptDelay: setting(
      z.union([off.transform(() => 0), duration], 'must be 0 or a duration such as 15m'),
      'DURATION',
      '15m',
      'Maximum wait after wrong passwords; `0` for no wait.',
    ),
  },
} as const satisfies SettingGroups
