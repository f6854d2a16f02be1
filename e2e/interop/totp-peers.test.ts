// Other programs compute the codes, and read the QR code: oathtool and PyOTP at the edges of the time that is accepted, zbarimg on the page.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { password, withAda } from '../../packages/server/src/http/api/api.fixture.ts'
import { openBrowser } from '../../packages/server/src/http/pages/test-browser.fixture.ts'
import { Secret } from '../../packages/server/src/domain/kernel/secret.ts'
import { systemRandom } from '../../packages/server/src/platform/crypto/random.ts'
import { totpCodes } from '../../packages/server/src/platform/crypto/totp-codes.ts'
import { findProgram, howToGet } from '@countersign/testing/debian'
import { scratch } from '@countersign/testing/files'
import { askPython, pythonLacks } from '@countersign/testing/python'

const oathtool = findProgram('oathtool')
const zbarimg = findProgram('zbarimg', 'zbar-tools')
const convert = findProgram('rsvg-convert', 'librsvg2-bin')
const period = 30 // seconds

/** Times in the life of a server, each in the middle, at the beginning and at the end of a step. */
const times = [59, 1_111_111_109, 1_234_567_890, 1_800_000_000, 1_800_000_029, 20_000_000_000]

/** Asserts that a peer's codes are accepted at −31, 0 and +31 seconds as RFC 6238, section 5.2, and no others. */
async function assertAgrees(
  codesAt: (secret: string, times: readonly number[]) => Promise<readonly string[]>,
) {
  for (let round = 0; round < 5; round++) {
    const secret = totpCodes.newSecret(systemRandom)
    for (const now of times) {
      const offsets = [-61, -31, -30, 0, 30, 31, 61]
      const at = offsets.map((one) => Math.max(0, now + one))
      const codes = await codesAt(secret.reveal(), at)
      for (const [index, code] of codes.entries()) {
        const step = Math.floor((at[index] ?? 0) / period)
        const isNear = Math.abs(step - Math.floor(now / period)) <= 1
        const found = totpCodes.stepOf(secret, new Secret(code), now)
        assert.equal(found, isNear ? step : undefined, `${now} ${offsets[index]}`)
      }
    }
  }
}

test(
  'oathtool computes the codes that are accepted',
  { skip: oathtool === undefined && howToGet('oathtool') },
  () =>
    assertAgrees(async (secret, at) =>
      at.map((now) => {
        const args = ['--totp', '--base32', `--now=@${now}`, '-'] // a secret is never an argument
        const { stdout } = spawnSync(String(oathtool), args, { input: secret, encoding: 'utf8' })
        return stdout.trim()
      }),
    ),
)

test('PyOTP computes the codes that are accepted', { skip: pythonLacks('python3-pyotp') }, () => {
  const program = `import json, sys, pyotp
one = json.load(sys.stdin)
totp = pyotp.TOTP(one["secret"])
print(json.dumps([totp.generate_otp(at // 30) for at in one["at"]]))`
  return assertAgrees((secret, at) => askPython<readonly string[]>(program, { secret, at }))
})

test(
  'the QR code on the page holds the key and the names, as zbarimg reads it',
  {
    skip: (zbarimg === undefined || convert === undefined) && howToGet('zbar-tools librsvg2-bin'),
  },
  async () => {
    const { server } = await withAda()
    await using _ = server
    const browser = openBrowser(server)
    await browser.signIn('ada', password)
    const { text } = await browser.send('/account/factors/totp', { password })
    const [svg = ''] = /<svg\s+class="qr"[^]*?<\/svg>/.exec(text) ?? []
    using folder = scratch()
    const picture = join(folder.path, 'qr.png')
    writeFileSync(
      join(folder.path, 'qr.svg'),
      svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"'),
    )
    spawnSync(String(convert), ['-o', picture, join(folder.path, 'qr.svg')])
    const read = spawnSync(String(zbarimg), ['--raw', '-q', picture], { encoding: 'utf8' })
    const uri = new URL(read.stdout.trim())
    const [, key = ''] = /aria-label="Key"><code>([A-Z2-7 ]+)</.exec(text) ?? []
    assert.equal(
      `${uri.protocol}//${uri.host}${uri.pathname}`,
      'otpauth://totp/localhost%3A5000:ada',
    )
    assert.equal(uri.searchParams.get('secret'), key.replaceAll(' ', ''))
    assert.equal(uri.searchParams.get('issuer'), 'localhost:5000')
  },
)
