import { isCountersignError } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { fail } from '../../failures.ts'
import { isWorldReadable } from '../crypto/world-readable.ts'

/** The files of a certificate (followed by its chain) and of its private key, in PEM. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
}

/** A certificate with its chain, and its key, in PEM. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/** A usable pair of certificate and key. */
export interface Certificate {
  readonly pair: CertificatePair
  readonly expiresAt: Seconds
  /** Returns whether the certificate is valid for a host name or address. */
  readonly matchesHost: (host: string) => boolean
}

const warningPeriod: Seconds = 7 * 86_400 // automatic renewal has happened by then

/**
 * Reads a certificate and its key. Fails with `certificate_unusable` for a file that cannot be read or has other content, a key of another
 * certificate, a certificate that has expired or is not valid yet, or a world-readable key.
 */
export function readCertificate(files: CertificateFiles, now: Seconds): Certificate {
  const cert = readPem(files.certificate, 'tls.certificate_file')
  const key = readPem(files.key, 'tls.key_file')
  if (isWorldReadable(files.key))
    throw unusable('tls.key_file is readable by every user of this machine; run chmod 600 on it')
  let leaf: X509Certificate
  try {
    leaf = new X509Certificate(cert)
  } catch (cause) {
    throw unusable('tls.certificate_file contains no certificate in PEM', cause)
  }
  try {
    if (!leaf.checkPrivateKey(createPrivateKey(key)))
      throw unusable('tls.key_file is the key of another certificate')
    createSecureContext({ cert, key }) // as the socket will
  } catch (cause) {
    if (isCountersignError(cause)) throw cause
    throw unusable(
      'tls.key_file contains no private key in PEM that the certificate can be used with',
      cause,
    )
  }
  const [from, expiresAt] = [secondsOf(leaf.validFromDate), secondsOf(leaf.validToDate)]
  if (now >= expiresAt) throw unusable(`the certificate expired on ${leaf.validTo}`)
  if (now < from) throw unusable(`the certificate is not valid before ${leaf.validFrom}`)
  const matchesHost = (host: string) => {
    const bare = host.replace(/^\[|\]$/g, '')
    return (isIP(bare) === 0 ? leaf.checkHost(bare) : leaf.checkIP(bare)) !== undefined
  }
  return { pair: { cert, key }, expiresAt, matchesHost }
}

/** Returns warnings about a usable certificate, for the log. Pure. */
export function warningsOfCertificate(
  { expiresAt, matchesHost }: Certificate,
  host: string | undefined,
  now: Seconds,
): readonly string[] {
  const days = Math.floor((expiresAt - now) / 86_400)
  return [
    ...(host === undefined || matchesHost(host)
      ? []
      : ['the certificate is not valid for the host of issuer.url']),
    ...(expiresAt - now < warningPeriod
      ? [`the certificate expires in ${days} days; renew it`]
      : []),
  ]
}

function readPem(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw unusable(`${name} cannot be read`, cause)
  }
}

function secondsOf(date: Date): Seconds {
  return Math.floor(date.getTime() / 1000)
}

function unusable(detail: string, cause?: unknown) {
  return fail('certificate_unusable', { detail, cause })
}
