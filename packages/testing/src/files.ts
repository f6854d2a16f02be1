import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The root folder of the repository, with a slash at its end. Commands run in it. */
export const root = new URL('../../..', import.meta.url).pathname

/** Creates an empty temporary folder, which is removed when the test ends. */
export function scratch(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'countersign-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
