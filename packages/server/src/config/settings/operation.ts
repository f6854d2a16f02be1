import * as z from 'zod'
import { setting, type SettingGroups } from '../setting.ts'
import { port, text, token, yesOrNo } from '../shapes.ts'

/** Pages, logging, tracing and metrics. */
export const operation = {
  pages: {
    enabled: setting(
      yesOrNo,
      'WORD',
      'yes',
      'Whether this server has web pages: sign-in, account, console; with `no` it has only the API.',
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
      'Minimum level of logged messages: debug, info, warn, error or silent.',
    ),
  },
  traces: {
    spans: setting(
      z.enum(['on', 'off'], 'must be on or off'),
      'WORD',
      'off',
      'Whether spans are created for OpenTelemetry; an SDK loaded before the server exports them.',
    ),
  },
  metrics: {
    port: setting(
      port.optional(),
      'PORT',
      undefined,
      'Separate port for GET /metrics, in the text format of Prometheus. Without it there are no metrics.',
    ),
    host: setting(
      text(255),
      'HOST',
      'localhost',
      'Address to listen on for metrics; one that other machines can reach needs metrics.token.',
    ),
    token: setting(
      token.optional(),
      'TEXT',
      undefined,
      'Bearer token that requests for metrics must send: at least 32 characters, from `openssl rand -base64 32`.',
      { secret: true },
    ),
  },
} as const satisfies SettingGroups
