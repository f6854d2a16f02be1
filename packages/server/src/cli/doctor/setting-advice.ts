import type { Config } from '../../config/settings.ts'

/** Returns the advice for unusable settings. A missing one is set nowhere: the advice names its variable and its flag. */
export function settingAdvice(code: string, { issuer }: Config): string {
  if (code !== 'setting_missing') return 'change it; `countersign config` shows where it is set'
  return issuer.url === undefined
    ? 'set COUNTERSIGN_ISSUER_URL, or pass --issuer-url'
    : 'set COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE to a file that holds it, or pass --keys-encryption-key-file'
}
