import type { Clock } from '@countersign/token'
import { steadyClock } from '@countersign/token/internal'
import { stat } from 'node:fs/promises'
import type { Log } from '../../domain/kernel/ports.ts'
import {
  readCertificate,
  warningsOfCertificate,
  type Certificate,
  type CertificateFiles,
} from './certificate.ts'

const defaultInterval = 2000 // milliseconds; polling two files is cheap, and works on every file system
const warningInterval = 86_400 // seconds

/** Ports and options of a watch. */
export interface WatchOptions {
  readonly log: Log
  readonly clock: Clock
  /** The host that the certificate should be valid for; undefined if the settings do not name it. */
  readonly host: string | undefined
  /** Milliseconds between checks of the files. */
  readonly interval?: number
}

/** Watches the files of a certificate while it is in use. */
export interface CertificateWatch {
  close(): Promise<void>
}

/**
 * Calls `onChange` with the new certificate when its files have changed. A pair that cannot be used, such as a half-written one, is logged
 * once and tried again when a file changes; until then the old one stays in use. Warns once a day when the certificate is about to expire.
 */
export function watchCertificate(
  files: CertificateFiles,
  first: Certificate,
  { log, clock, host, interval = defaultInterval }: WatchOptions,
  onChange: (certificate: Certificate) => void,
): CertificateWatch {
  let current = first
  let lastVersion: string | undefined
  const steady = steadyClock(clock)
  let warnedAt = -Infinity
  async function check() {
    const now = clock.now()
    const version = await versionOf(files)
    if (version !== lastVersion && lastVersion !== undefined) {
      try {
        current = readCertificate(files, now)
        onChange(current)
        warnedAt = -Infinity
        log.info({ expiresAt: current.expiresAt }, 'the certificate was reloaded')
      } catch (error) {
        log.error({ error }, 'the new certificate cannot be used; the previous one stays in use')
      }
    }
    lastVersion = version
    if (steady.now() - warnedAt < warningInterval) return
    const warnings = warningsOfCertificate(current, host, now)
    for (const warning of warnings) log.warn({}, warning)
    if (warnings.length > 0) warnedAt = steady.now()
  }
  void check()
  const timer = setInterval(() => void check(), interval)
  timer.unref()
  return { close: async () => clearInterval(timer) }
}

/** Identifies the content of the files by inode, time and size, so that a replaced file or link counts as changed. */
async function versionOf({ certificate, key }: CertificateFiles): Promise<string> {
  const versions = await Promise.all(
    [certificate, key].map((path) =>
      stat(path, { bigint: true }).then(
        ({ ino, mtimeNs, size }) => `${ino} ${mtimeNs} ${size}`,
        () => 'missing',
      ),
    ),
  )
  return versions.join(', ')
}
