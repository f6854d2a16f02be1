import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, withAda } from './api.fixture.ts'

const samples = 500

test('[19.8] known and unknown addresses get the same answer in the same time', async (t) => {
  const { server } = await withAda()
  await using _ = server
  const took = { known: [] as number[], unknown: [] as number[] }
  const answers = new Set<string>()
  const ask = async (kind: keyof typeof took, email: string) => {
    const began = performance.now()
    const { status, headers, body } = await request(server, 'POST /password/forgot', {
      body: { email },
    })
    took[kind].push(performance.now() - began)
    headers.delete('x-request-id')
    answers.add(JSON.stringify([status, [...headers], body]))
  }
  for (let warm = 0; warm < 50; warm++) await ask('known', 'ada@example.com')
  took.known.length = 0
  for (let sample = 0; sample < samples; sample++) {
    const both = [() => ask('known', 'ada@example.com'), () => ask('unknown', 'eva@example.com')]
    for (const one of sample % 2 ? both : both.toReversed()) await one()
  }
  assert.equal(answers.size, 1, 'bytes are equal')
  const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length / 2] ?? 0
  const [known, unknown] = [median(took.known), median(took.unknown)]
  t.diagnostic(
    `${samples} samples each: known ${known.toFixed(3)} ms, unknown ${unknown.toFixed(3)} ms`,
  )
  assert.ok(Math.abs(known - unknown) < 0.15 * Math.max(known, unknown) + 0.05)
})
