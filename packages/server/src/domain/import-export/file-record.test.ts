import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as check, asyncProperty, dictionary, integer, string } from 'fast-check'
import { readRecords, type FileRecord } from './file-record.ts'

async function read(text: string, { wrapped = false, chunk = 3 } = {}) {
  async function* chunks() {
    for (let at = 0; at < text.length; at += chunk) yield text.slice(at, at + chunk)
  }
  const records: FileRecord[] = []
  for await (const record of readRecords(chunks(), { wrapped })) records.push(record)
  return records
}

test('JSON Lines, arrays and documents with `users` give records with the lines on which they begin', async () => {
  const records = [
    { line: 2, members: { a: 'b}' } },
    { line: 4, members: { a: '"', c: [{}] } },
  ]
  const [one, other] = ['{"a":"b}"}', String.raw`{"a":"\"","c":[{}]}`]
  assert.deepEqual(await read(`\n${one}\n\n${other}\n`), records)
  assert.deepEqual(await read(`[\n${one},\n\n${other}]`), records)
  assert.deepEqual(
    await read(
      `{"roles":[{"users":[{"x":1}]}],\n"users":[${one},\n\n${other}], "more":[{"a":1}]}`,
      {
        wrapped: true,
      },
    ),
    records,
  )
  assert.deepEqual(await read(`[\n${one},\n\n${other}]`, { wrapped: true }), records)
  assert.deepEqual(await read(' \ufeff'), [])
})

test('CSV has quotes, commas and line breaks in fields, and empty fields are missing', async () => {
  const text = '\ufeffname,email,note\r\nada,,"a ""b"", \n c"\r\n"""x""",y,z\n\nshort,row\n'
  assert.deepEqual(await read(text), [
    { line: 2, members: { name: 'ada', note: 'a "b", \n c' } },
    { line: 4, members: { name: '"x"', email: 'y', note: 'z' } },
    { line: 6 },
  ])
})

test('what cannot be read is one record, and ends nothing else', async () => {
  assert.deepEqual(await read('{"a":1}\n{"b":\n[1]\n{"c":1}'), [
    { line: 1, members: { a: 1 } },
    { line: 2 },
    { line: 3 },
    { line: 4, members: { c: 1 } },
  ])
  assert.deepEqual(await read('[{"a":1},{"b"'), [{ line: 1, members: { a: 1 } }, { line: 1 }])
  const long = `{"a":"${'x'.repeat(2_000_000)}"}`
  assert.deepEqual(await read(`${long}\n{"c":1}`, { chunk: 65_536 }), [
    { line: 1 },
    { line: 2, members: { c: 1 } },
  ])
  assert.deepEqual(await read(`[${long},{"c":1}]`, { chunk: 65_536 }), [
    { line: 1 },
    { line: 1, members: { c: 1 } },
  ])
})

test('any objects come back, however they are written and cut into pieces', async () => {
  const objects = array(dictionary(string(), string(), { noNullPrototype: true }))
  await check(
    asyncProperty(objects, integer({ min: 1, max: 9 }), async (given, chunk) => {
      const members = async (text: string, wrapped = false) =>
        (await read(text, { wrapped, chunk })).map((one) => one.members)
      const lines = given.map((one) => JSON.stringify(one))
      assert.deepEqual(await members(lines.join('\n')), given)
      assert.deepEqual(await members(JSON.stringify(given, null, 2)), given)
      assert.deepEqual(await members(JSON.stringify({ x: given, users: given }), true), given)
    }),
  )
})
