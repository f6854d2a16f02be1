// npm run site [-- --serve] [--version TAG ...]: the documentation as web pages, in dist/site. Each older version (a tag) gets a path of its own.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')
const packages = join(root, 'site/node_modules')
const { SITE_BASE: base = '/' } = process.env

/** Runs a program to its end, and ends this one if it fails. */
function run(program: string, args: readonly string[], cwd: string, env = {}): void {
  const { status } = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

/** Installs VitePress, which stands apart from the packages that everything else needs: it is 100 MB. */
function install(): void {
  const installed = join(packages, '.package-lock.json')
  const locked = statSync(join(root, 'site/package-lock.json')).mtimeMs
  if (!existsSync(installed) || statSync(installed).mtimeMs < locked)
    run('npm', ['ci'], join(root, 'site'))
}

const vitepress = (args: readonly string[], folder: string, env = {}) =>
  run(process.execPath, [join(packages, 'vitepress/bin/vitepress.js'), ...args], folder, env)

/** Builds the site of an older version with the files that it had. */
function buildVersion(tag: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-site-'))
  try {
    run('git', ['archive', '--output', join(folder, 'files.tar'), tag], root)
    run('tar', ['xf', 'files.tar'], folder)
    symlinkSync(packages, join(folder, 'site/node_modules'))
    const env = { SITE_BASE: `${base}${tag}/`, SITE_OUTPUT: join(root, 'dist/site', tag) }
    vitepress(['build'], join(folder, 'site'), env)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    serve: { type: 'boolean' },
    version: { type: 'string', multiple: true },
  },
})
if (values.help) {
  console.log(
    'npm run site [-- --serve] [--version TAG ...]: writes the web pages of the documentation into dist/site',
  )
  process.exit()
}
install()
const versions = values.version ?? []
vitepress(['build'], join(root, 'site'), { SITE_VERSIONS: versions.join(' ') })
for (const tag of versions) buildVersion(tag)
if (values.serve) vitepress(['preview'], join(root, 'site'))
