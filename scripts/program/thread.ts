// The beginning of each thread of the one-file program: mounts the files that threads load, where the main thread has them, and loads the one that the
// first argument names.
import { dirname, join } from 'node:path'
import { getAssetKeys, getRawAsset } from 'node:sea'
import { pathToFileURL } from 'node:url'
import { create, type VirtualFileSystem } from 'node:vfs'

const folders = [
  'node_modules/@countersign/server/dist/bin/',
  'node_modules/piscina/',
  'node_modules/@node-rs/',
]

/** The declarations of Node 26.6 have no mounts; Node 26.10 has. */
interface Mountable extends VirtualFileSystem {
  mount(): void
  readonly mountPoint: string
}

const files = create() as Mountable
for (const name of getAssetKeys()) {
  if (!folders.some((folder) => name.startsWith(folder))) continue
  files.mkdirSync(dirname(`/${name}`), { recursive: true })
  files.writeFileSync(`/${name}`, Buffer.from(getRawAsset(name)))
}
files.mount()
void import(pathToFileURL(join(files.mountPoint, String(process.argv[2]))).href)
