import { z } from 'zod'
import { setting, type SettingGroups } from '../setting.ts'
import { port, text, token, yesOrNo } from '../shapes.ts'

/** What people see of this server, and what its operator watches. */
export const operation = {
  pages: {
    enabled: setting(
      yesOrNo,
      'WORD',
      'yes',
      'Whether this server shows pages for people: sign-in, account and so on; `no` leaves the routes alone.',
    ),
  },
  log: {
    level: setting(
      z.enum(
        ['debug', 'info', 'warn', 'error', 'silent'],
        'must be debug, info, warn, error or silent',
      ),
      'LEVEL',
      'info',
      'How much is logged: debug, info, warn, error or silent.',
    ),
  },
  traces: {
    spans: setting(
      z.enum(['on', 'off'], 'must be on or off'),
      'WORD',
      'off',
      'Whether spans are made for OpenTelemetry; an SDK that is loaded before the server takes them.',
    ),
  },
  metrics: {
    port: setting(
      port.optional(),
      'PORT',
      undefined,
      'Port of its own for GET /metrics, in the text format of Prometheus; none: no metrics.',
    ),
    host: setting(
      text(255),
      'HOST',
      'localhost',
      'Address to listen on for metrics; beyond this machine it needs metrics.token.',
    ),
    token: setting(
      token.optional(),
      'TEXT',
      undefined,
      'Who asks for metrics must send this as a bearer token: 32 characters or more, from `openssl rand -base64 32`.',
      { secret: true },
    ),
  },
} as const satisfies SettingGroups
