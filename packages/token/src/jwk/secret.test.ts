import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { codeOf } from '../jwt/forge.fixture.ts'
import { importSecret } from './key.ts'

const importing = (secret: string | Uint8Array) => codeOf(() => importSecret(secret, 'HS256'))

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const certificate =
  'MIIBcDCCARWgAwIBAgIUOcS9Wwn+Kpz1n22ECCDKvTQpCBkwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjQwNzE0NTBaGA8yMTI2MTAzMTA3MTQ1MFowDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEIMK8qYgAu2sYyk9Qhj2ZiWahq1gzIekhV9DXzCvKdwiXAAqXcpE4LAo0VOdEKQlLowQ0LKBITeCkdZx8MzRdmjUzBRMB0GA1UdDgQWBBSiiMm219YXbiPhejoUDr5NUP6yFDAfBgNVHSMEGDAWgBSiiMm219YXbiPhejoUDr5NUP6yFDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDPOunhnplJ25ScE12MrfldjukevqQ191eWnQiadhc26gIhANewnDKhg7V2OCdAfQiVEq1aMSgdSR075D/89VLooPs9'

suite('[A2] a key in place of a secret is rejected', () => {
  const ders: Readonly<Record<string, Buffer>> = {
    'a public key (SPKI)': ec.publicKey.export({ type: 'spki', format: 'der' }),
    'an RSA public key (SPKI)': rsa.publicKey.export({ type: 'spki', format: 'der' }),
    'an RSA public key (PKCS #1)': rsa.publicKey.export({ type: 'pkcs1', format: 'der' }),
    'a private key (PKCS #8)': ec.privateKey.export({ type: 'pkcs8', format: 'der' }),
    'an RSA private key (PKCS #1)': rsa.privateKey.export({ type: 'pkcs1', format: 'der' }),
    'a private key (SEC 1)': ec.privateKey.export({ type: 'sec1', format: 'der' }),
    'a certificate': Buffer.from(certificate, 'base64'),
  }
  for (const [name, der] of Object.entries(ders)) {
    const base64 = der.toString('base64')
    test(`${name}, in DER and in base64`, () => {
      assert.equal(importing(der), 'secret_weak')
      assert.equal(importing(base64), 'secret_weak')
      assert.equal(importing(base64.replaceAll(/(.{64})/g, '$1\n')), 'secret_weak')
    })
  }

  const jwk = JSON.stringify(ec.publicKey.export({ format: 'jwk' }))
  const texts: Readonly<Record<string, string>> = {
    'a public key': ec.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    'an RSA public key with its old header': rsa.publicKey
      .export({ type: 'pkcs1', format: 'pem' })
      .toString(),
    'a private key': ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'a certificate': `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----`,
    'a JWK': jwk,
    'a JWKS': `{ "keys": [${jwk}] }`,
    'an SSH key': `ssh-rsa ${'AAAAB3NzaC1yc2E'.repeat(4)} ada@example`,
    'another SSH key': `ecdsa-sha2-nistp256 ${'AAAAE2VjZHNh'.repeat(4)}`,
  }
  for (const [name, text] of Object.entries(texts)) {
    test(`${name} as text, with any text around it`, () => {
      for (const spelled of [
        text,
        text.trim(),
        ` \n${text}\n `,
        text.replaceAll('\n', '\r\n'),
        `\ufeff ${text}`,
        `junk ${text}`,
      ])
        assert.equal(importing(spelled), 'secret_weak', JSON.stringify(spelled.slice(0, 30)))
    })
  }
})

test('[A4, A5] an empty, short or repetitive secret is rejected', () => {
  const common = ['', 'secret', 'your_secret_key', 'changeme', 'password', 'x'.repeat(31)]
  for (const weak of [...common, 'a'.repeat(64), 'abc'.repeat(20), Buffer.alloc(64)])
    assert.equal(importing(weak), 'secret_weak', String(weak))
})

test('random bytes are a valid secret, even if they begin like a key', () => {
  for (const start of ['{', '[', 'MII', '0Y0', '{"', 'ssh-', '\u0030\u0082', '{"kty";']) {
    const bytes = Buffer.concat([Buffer.from(start, 'latin1'), randomBytes(32)])
    assert.equal(importing(bytes), 'none', start)
  }
  for (let length = 32; length < 200; length++) {
    assert.equal(importing(randomBytes(length)), 'none')
    assert.equal(importing(randomBytes(length).toString('hex')), 'none')
    assert.equal(importing(randomBytes(length).toString('base64')), 'none')
  }
})
