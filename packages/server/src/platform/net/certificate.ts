import { isCountersignError } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { fail } from '../../failures.ts'
import { isWorldReadable } from '../crypto/world-readable.ts'

/** Where a certificate (with the chain behind it) and its private key lie, in PEM. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
}

/** A certificate with its chain and its key, as they stand in the files. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/** A pair that can be served with, and what is worth knowing of it. */
export interface Certificate {
  readonly pair: CertificatePair
  readonly expiresAt: Seconds
  /** Whether it is made out to a host name. */
  readonly fits: (host: string) => boolean
}

const soon: Seconds = 7 * 86_400 // whoever renews automatically has done so by then

/**
 * Reads a certificate and its key. Fails with `certificate_unusable` and says why: a file that cannot be read, that holds something else, a key of
 * another certificate, a time that is over or has not come, or a key that everybody on this machine can read.
 */
export function readCertificate(files: CertificateFiles, now: Seconds): Certificate {
  const cert = readPem(files.certificate, 'tls.certificate_file')
  const key = readPem(files.key, 'tls.key_file')
  if (isWorldReadable(files.key))
    throw unusable('everybody on this machine can read tls.key_file; chmod 600 it')
  let leaf: X509Certificate
  try {
    leaf = new X509Certificate(cert)
  } catch (cause) {
    throw unusable('tls.certificate_file holds no certificate in PEM', cause)
  }
  try {
    if (!leaf.checkPrivateKey(createPrivateKey(key)))
      throw unusable('tls.key_file is the key of another certificate')
    createSecureContext({ cert, key }) // what the socket will do with it
  } catch (cause) {
    if (isCountersignError(cause)) throw cause
    throw unusable('tls.key_file holds no private key in PEM that fits the certificate', cause)
  }
  const [from, expiresAt] = [secondsOf(leaf.validFromDate), secondsOf(leaf.validToDate)]
  if (now >= expiresAt) throw unusable(`the certificate expired on ${leaf.validTo}`)
  if (now < from) throw unusable(`the certificate is not valid before ${leaf.validFrom}`)
  const fits = (host: string) => {
    const bare = host.replace(/^\[|\]$/g, '')
    return (isIP(bare) === 0 ? leaf.checkHost(bare) : leaf.checkIP(bare)) !== undefined
  }
  return { pair: { cert, key }, expiresAt, fits }
}

/** What is unwise about a certificate that can be used, in sentences for the log. Pure. */
export function warningsOfCertificate(
  { expiresAt, fits }: Certificate,
  host: string,
  now: Seconds,
): readonly string[] {
  const days = Math.floor((expiresAt - now) / 86_400)
  return [
    ...(fits(host) ? [] : ['the certificate is not made out to the host of issuer.url']),
    ...(expiresAt - now < soon ? [`the certificate expires in ${days} days; renew it`] : []),
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
