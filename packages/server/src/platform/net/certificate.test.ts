import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeCertificate, placeCertificate } from '@countersign/testing/certificates'
import { readCertificate, warningsOfCertificate } from './certificate.ts'
import { createLog } from '../observability/log.ts'
import { watchCertificate } from './watch-certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
after(() => rmSync(folder, { recursive: true }))
const now = Math.floor(Date.now() / 1000)
const usable = await makeCertificate()

const code = (detail: RegExp) => (error: { code?: string; message: string }) => {
  assert.equal(error.code, 'certificate_unusable')
  assert.match(error.message, detail)
  assert.doesNotMatch(error.message, /BEGIN|MIG|MII/)
  return true
}

test('a certificate is read with its chain and its key, its hosts and its expiry', async () => {
  for (const keyType of ['ec', 'rsa'] as const) {
    const made = await makeCertificate({ keyType })
    const other = await makeCertificate()
    const chain = { cert: `${made.cert}\n${other.cert}`, key: made.key }
    const { pair, expiresAt, matchesHost } = readCertificate(placeCertificate(folder, chain), now)
    assert.deepEqual(pair, chain)
    assert.ok(Math.abs(expiresAt - now - 30 * 86_400) < 60)
    assert.deepEqual(['localhost', '127.0.0.1', 'example.com'].map(matchesHost), [
      true,
      true,
      false,
    ])
  }
})

test('an unusable certificate is refused with the reason', async () => {
  const other = await makeCertificate()
  const rows = [
    [{ ...usable, key: other.key }, /the key of another certificate/],
    [{ ...usable, cert: 'x' }, /contains no certificate in PEM/],
    [{ ...usable, key: 'x' }, /contains no private key in PEM/],
    [{ cert: usable.key, key: usable.cert }, /contains no certificate in PEM/],
    [await makeCertificate({ from: -9, until: -1 }), /expired on/],
    [await makeCertificate({ from: 1 }), /not valid before/],
  ] as const
  for (const [pair, detail] of rows)
    assert.throws(() => readCertificate(placeCertificate(folder, pair), now), code(detail))
  const files = placeCertificate(folder, usable)
  for (const name of ['certificate', 'key'] as const)
    assert.throws(
      () => readCertificate({ ...files, [name]: `${folder}/none` }, now),
      code(/cannot be read/),
    )
})

test(
  'a key that everybody on the machine can read is refused; one for a group is not',
  { skip: process.platform === 'win32' },
  () => {
    const files = placeCertificate(folder, usable)
    chmodSync(files.key, 0o644)
    assert.throws(() => readCertificate(files, now), code(/chmod 600/))
    chmodSync(files.key, 0o640)
    readCertificate(files, now)
  },
)

test('a certificate that expires soon or is for another host gives a warning', async () => {
  const files = placeCertificate(folder, await makeCertificate({ until: 5.5 }))
  const certificate = readCertificate(files, now)
  assert.deepEqual(warningsOfCertificate(certificate, 'localhost', now), [
    'the certificate expires in 5 days; renew it',
  ])
  assert.match(
    warningsOfCertificate(certificate, 'example.com', now)[0] ?? '',
    /not valid for the host/,
  )
})

test('a changed pair is reported; a broken one is not, and is tried again when it changes', async () => {
  let written = ''
  const log = createLog({ level: 'info', readable: false }, { write: (line) => (written += line) })
  const files = placeCertificate(folder, usable)
  const reported: string[] = []
  const watch = watchCertificate(
    files,
    readCertificate(files, now),
    { log, clock: fixedClock(now), host: 'localhost', interval: 20 },
    ({ pair }) => reported.push(pair.cert),
  )
  const until = async (done: () => boolean) => {
    for (let left = 6000; left > 0 && !done(); left--)
      await new Promise((resolve) => setTimeout(resolve, 10))
    assert.ok(done(), written)
  }
  const broken = () => written.split('cannot be used; the previous one stays').length - 1
  await new Promise((resolve) => setTimeout(resolve, 60))
  const next = await makeCertificate()
  writeFileSync(files.certificate, next.cert) // half of the pair
  await until(() => broken() === 1)
  assert.deepEqual(reported, [])
  writeFileSync(files.key, next.key)
  await until(() => reported.length === 1)
  assert.deepEqual(reported, [next.cert])
  rmSync(files.key)
  await until(() => broken() === 2)
  placeCertificate(folder, usable)
  await until(() => reported.at(-1) === usable.cert)
  await watch.close()
  assert.ok(!written.includes('BEGIN'))
})
