import { z } from 'zod'
import { setting, type SettingGroups } from '../setting.ts'

/** What an operator watches. */
export const operation = {
  log: {
    level: setting(
      z.enum(
        ['debug', 'info', 'warn', 'error', 'silent'],
        'must be debug, info, warn, error or silent',
      ),
      'LEVEL',
      'info',
      'How much is logged.',
    ),
  },
} as const satisfies SettingGroups
