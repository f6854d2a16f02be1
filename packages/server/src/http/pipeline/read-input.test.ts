import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { readBody, readForm } from './read-input.ts'

const shape = z.object({ text: z.string() })

function sent(body: string, pieceLength: number, type = 'application/json') {
  const bytes = Buffer.from(body)
  let at = 0
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(new Uint8Array(bytes.subarray(at, (at += pieceLength))))
    },
  })
  const init = { method: 'POST', headers: { 'content-type': type }, body: stream, duplex: 'half' }
  return { request: new Request('http://test/', init as RequestInit) }
}

const json = (length: number) => JSON.stringify({ text: 'ä'.repeat(length) })

test('a body is read completely, in any number of chunks', async () => {
  for (const pieceLength of [1, 3, 61, 997, 65_536]) {
    const length = 30_000
    const { text } = await readBody(sent(json(length), pieceLength), shape)
    assert.equal(text, 'ä'.repeat(length), `pieces of ${pieceLength}`)
  }
  const form = await readForm(sent('a=b&c=%C3%A4', 1, 'application/x-www-form-urlencoded'))
  assert.deepEqual({ ...form }, { a: 'b', c: 'ä' })
})

test('a body over the maximum size is refused, whether its length was declared or not', async () => {
  await assert.rejects(readBody(sent(json(40_000), 1000), shape), { code: 'body_too_large' })
  const declared = new Request('http://test/', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': '65537' },
    body: '{}',
  })
  await assert.rejects(readBody({ request: declared }, shape), { code: 'body_too_large' })
})

test('a body that the socket has read is not read again, and has the same maximum size', async () => {
  const { request } = sent('{}', 1)
  const { text } = await readBody({ request, body: Buffer.from(json(10)) }, shape)
  assert.equal(text, 'ä'.repeat(10))
  assert.equal(request.bodyUsed, false)
  const body = Buffer.from(json(40_000))
  await assert.rejects(readBody({ request, body }, shape), { code: 'body_too_large' })
})

test('[18.25] an unknown member is answered with the known one that is meant, and is not quoted', async () => {
  const schema = z.strictObject({
    username: z.string().optional(),
    password: z.string().optional(),
  })
  const rows = [
    ['user_name', 'it has unknown members; did you mean username?'],
    ['passwrod', 'it has unknown members; did you mean password?'],
    ['zzz', 'it has unknown members; known are username, password'],
  ] as const
  for (const [member, detail] of rows)
    for (const one of [schema, schema.optional()]) {
      const error = await readBody(sent(JSON.stringify({ [member]: 'x' }), 99), one).catch(
        (reason: Error) => reason,
      )
      assert.ok(error instanceof Error && error.message.endsWith(detail), String(error))
    }
})
