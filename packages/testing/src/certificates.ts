import { randomUUID } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'

/** The options of a test certificate; times are in days from now. */
export interface CertificateOptions {
  readonly from?: number
  readonly until?: number
  readonly host?: string
  readonly keyType?: 'ec' | 'rsa'
}

/** A certificate and its private key in PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
}

/** Creates a self-signed certificate for a host and 127.0.0.1, and its key. */
export async function makeCertificate({
  from = -1,
  until = 30,
  host = 'localhost',
  keyType = 'ec',
}: CertificateOptions = {}): Promise<Pair> {
  const at = (days: number) => new Date(Date.now() + days * 86_400_000)
  const { cert, private: key } = await generate([{ name: 'commonName', value: randomUUID() }], {
    notBeforeDate: at(from),
    notAfterDate: at(until),
    keyType,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: false },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: host },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  return { cert, key }
}

/** Writes a pair into a folder as a renewal does: each file replaces the previous one atomically. */
export function placeCertificate(folder: string, { cert, key }: Pair) {
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  for (const [path, text] of [
    [files.certificate, cert],
    [files.key, key],
  ] as const) {
    writeFileSync(`${path}.new`, text, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  return files
}
