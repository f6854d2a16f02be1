import { root, scratch } from '@countersign/testing/files'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

// The conformance suite of MCP, `@modelcontextprotocol/conformance`. Of its three parts two are for what is written here:
// - `authorization`, against the server: both scenarios, with a client that has a metadata document.
// - `server`, against the MCP server of the examples: those scenarios of the revision 2025-11-25 that need no more than an MCP server has. All others
//   call a tool, prompt or resource of the test server of the suite (such as `test_image_content`), which this one does not have. The revision
//   2026-07-28 is left out: the server of the official SDK does not speak it yet.
// - `client` is left out: it starts its own authorization server, so that no line of this repository would run. Its `auth/*` scenarios say what a client
//   does; how those clients get on with this server is in mcp.test.ts.

/** The scenarios for an authorization server. */
export const authorizationScenarios = [
  'authorization-server-metadata-endpoint',
  'authorization-code-grant',
]

/** The scenarios for an MCP server that apply to the example. */
export const serverScenarios = [
  'server-initialize',
  'ping',
  'tools-list',
  'tools-call-error',
  'dns-rebinding-protection',
]

const program = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')

/** A check of a scenario: its name and its result, with the reason of a failure. */
export type Checks = Readonly<Record<string, readonly string[]>>

interface Check {
  readonly id: string
  readonly status: string
  readonly errorMessage?: string
}

/**
 * Runs a part of the suite, and returns the checks of each scenario. `visit` opens the URL that the suite wants its user to open; the callback is
 * listened for by then.
 */
export async function runConformance(
  args: readonly string[],
  visit: (url: string) => Promise<unknown> = async () => undefined,
): Promise<Checks> {
  using folder = scratch()
  const child = spawn(process.execPath, [program, ...args, '--output-dir', folder.path])
  let printed = ''
  let visited: Promise<unknown> | undefined
  const read = (text: string) => {
    printed += text
    const [url] = /^http\S+\/oauth\/authorize\?\S+$/m.exec(printed) ?? []
    if (url === undefined || !printed.includes('Callback server started')) return
    visited ??= visit(url).catch((error: unknown) => {
      child.kill()
      throw error
    })
  }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read)
  await once(child, 'close')
  await visited
  const results = globSync('*/checks.json', { cwd: folder.path }).map((file) => {
    const [, name = ''] =
      /^(?:authorization-server|server)-(.+?)-\d{4}-\d\d-\d\dT/.exec(basename(dirname(file))) ?? []
    const checks = JSON.parse(readFileSync(join(folder.path, file), 'utf8')) as readonly Check[]
    return [name, checks.map(textOf)] as const
  })
  if (results.length === 0) throw new Error(printed)
  return Object.fromEntries(results)
}

const textOf = ({ id, status, errorMessage }: Check) =>
  `${id}: ${status}${errorMessage === undefined ? '' : ` (${errorMessage})`}`
