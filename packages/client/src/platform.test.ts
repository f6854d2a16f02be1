import { typeCheck } from '@countersign/testing/type-check'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = new URL('../../..', import.meta.url).pathname

// The other type checks of the repository have the types of Node, so they miss what a browser lacks.
test('the client runs in browsers: it compiles with the types of the web platform alone', async () => {
  await typeCheck('packages/client/tsconfig.build.json')
})

test('an open session does not keep a process alive', async () => {
  const program = `
    import { createSession, memoryStorage } from '@countersign/client'
    const storage = { ...memoryStorage(), name: 'shared' } // so that it opens a channel
    const session = createSession({ url: 'http://localhost:1', mode: 'bearer', storage })
    session.subscribe(() => {})
    await session.restore()
    await session.signIn({ username: 'a', password: 'b' }).catch(({ code }) => console.log(code))
    console.log(session.state.status)
  `
  const args = ['--conditions=@countersign/source', '--input-type=module', '-e', program]
  const { stdout } = await run(process.execPath, args, { cwd: root, timeout: 120_000 })
  assert.equal(stdout, 'server_unreachable\nsigned_out\n')
})

test('a process stays alive while it waits to retry a refresh whose response was lost', async () => {
  const program = `
    import { createSession, memoryStorage } from '@countersign/client'
    const answers = [{ token: 'a', refresh_token: 'r', expires_in: 0.01 }, undefined, { token: 'b', refresh_token: 's', expires_in: 900 }]
    const fetch = async () => {
      const answer = answers.shift()
      if (!answer) throw new TypeError('lost')
      return Response.json(answer)
    }
    const session = createSession({ url: 'http://localhost:1', mode: 'bearer', fetch })
    await session.signIn({ username: 'a', password: 'b' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    console.log(await session.accessToken())
  `
  const args = ['--conditions=@countersign/source', '--input-type=module', '-e', program]
  const { stdout } = await run(process.execPath, args, { cwd: root, timeout: 120_000 })
  assert.equal(stdout, 'b\n')
})
