import type { Clock } from '@countersign/token'
import { stat } from 'node:fs/promises'
import type { Log } from '../../domain/kernel/ports.ts'
import {
  readCertificate,
  warningsOfCertificate,
  type Certificate,
  type CertificateFiles,
} from './certificate.ts'

const usualPace = 2000 // milliseconds between looks at two files; asking for their dates costs nothing, and works on every file system
const reminder = 86_400 // seconds between warnings of one kind

/** What a watch is done with. */
export interface WatchOptions {
  readonly log: Log
  readonly clock: Clock
  /** The host that the certificate should be made out to. */
  readonly host: string
  /** Milliseconds between looks at the files. */
  readonly pace?: number
}

/** ChangeSubscribers after a certificate while it is in use. */
export interface CertificateWatch {
  close(): Promise<void>
}

/**
 * Tells of a new certificate when its files have changed. A pair that cannot be used, such as one of which only half is written yet, is logged once and
 * tried again when a file changes; until then the old one stays. Warns once a day when the end is near.
 */
export function watchCertificate(
  files: CertificateFiles,
  first: Certificate,
  { log, clock, host, pace = usualPace }: WatchOptions,
  onChange: (certificate: Certificate) => void,
): CertificateWatch {
  let current = first
  let seen: string | undefined
  let warnedAt = -Infinity
  async function look() {
    const now = clock.now()
    const dates = await datesOf(files)
    if (dates !== seen && seen !== undefined) {
      try {
        current = readCertificate(files, now)
        onChange(current)
        warnedAt = -Infinity
        log.info({ expiresAt: current.expiresAt }, 'the certificate is renewed')
      } catch (error) {
        log.error({ error }, 'the new certificate cannot be used; the one before it stays')
      }
    }
    seen = dates
    if (now - warnedAt < reminder) return
    const warnings = warningsOfCertificate(current, host, now)
    for (const warning of warnings) log.warn({}, warning)
    if (warnings.length > 0) warnedAt = now
  }
  void look()
  const timer = setInterval(() => void look(), pace)
  timer.unref()
  return { close: async () => clearInterval(timer) }
}

/** When the files were written last, and which they are: one that is replaced under its name, or by a link, is another file. */
async function datesOf({ certificate, key }: CertificateFiles): Promise<string> {
  const dates = await Promise.all(
    [certificate, key].map((path) =>
      stat(path, { bigint: true }).then(
        ({ ino, mtimeNs, size }) => `${ino} ${mtimeNs} ${size}`,
        () => 'gone',
      ),
    ),
  )
  return dates.join(', ')
}
