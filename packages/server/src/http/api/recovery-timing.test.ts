import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repetitions } from '@countersign/testing/proofs'
import { testServer, type TestServer } from '../../testing.ts'
import { password, request, signIn } from './api.fixture.ts'

const samples = repetitions({ short: 50, long: 500 })
const tolerance = repetitions({ short: Infinity, long: 0.15 }) // of the median; on a busy machine few samples prove nothing, so that the suite compares bytes only
const wrongCode = '000000000'

/** The requests whose answers must not say whether an address has an account; `before` is sent before each, so that there is a code to guess. */
const requests = [
  { line: 'POST /password/forgot', before: '', members: {} },
  { line: 'POST /login/code', before: '', members: {} },
  {
    line: 'POST /password/reset',
    before: 'POST /password/forgot',
    members: { code: wrongCode, new_password: password },
  },
  { line: 'POST /login', before: 'POST /login/code', members: { code: wrongCode } },
] as const

/** Registers a user, who verifies the address. */
async function addVerified(server: TestServer, email: string): Promise<void> {
  const body = { username: 'ada', password, email }
  await request(server, 'POST /admin/users', { token: await signIn(server), body })
  const token = await signIn(server, 'ada', password)
  await request(server, 'POST /email/verification', { token })
  const [code] = /^\d{3} \d{3} \d{3}$/m.exec((await server.mails())[0]?.text ?? '') ?? []
  const verified = await request(server, 'POST /email/verify', { token, body: { code } })
  assert.equal(verified.status, 204)
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}

test('[19.8] known and unknown addresses get the same answers in the same time, whether a code is asked for or entered', async (t) => {
  await using server = await testServer({ COUNTERSIGN_MAIL_SIGN_IN_CODES: 'yes' })
  await addVerified(server, 'ada@example.com')
  for (const { line, before, members } of requests) {
    const took = { ada: [] as number[], eva: [] as number[] } // eva has no account
    const answers = new Set<string>()
    const send = async (name: keyof typeof took) => {
      const began = performance.now()
      const body = { email: `${name}@example.com`, ...members }
      const { status, headers, body: answer } = await request(server, line, { body })
      took[name].push(performance.now() - began)
      headers.delete('x-request-id') // the one part that differs from request to request, and `instance` is the same id
      answers.add(JSON.stringify([status, [...headers], { ...answer, instance: '' }]))
    }
    for (let sample = -10; sample < samples; sample++) {
      if (sample === 0) took.ada.length = took.eva.length = 0 // the first ones were to warm up
      server.clock.advance(86_400) // no limit is reached
      for (const name of before ? ['ada', 'eva'] : [])
        await request(server, before, { body: { email: `${name}@example.com` } })
      for (const name of sample % 2 ? (['ada', 'eva'] as const) : (['eva', 'ada'] as const))
        await send(name)
    }
    const [known, unknown] = [median(took.ada), median(took.eva)]
    t.diagnostic(
      `${line}: ${samples} samples each, known ${known.toFixed(3)} ms, unknown ${unknown.toFixed(3)} ms`,
    )
    assert.equal(answers.size, 1, `${line}: bytes are equal`)
    assert.ok(Math.abs(known - unknown) < tolerance * Math.max(known, unknown) + 0.05, line)
  }
})
