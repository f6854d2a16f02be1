import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import type { Compress } from '../../domain/kernel/ports.ts'

const level = 6 // 9 makes a list of a million 11 % smaller in 16 times the time

const compressed = promisify(deflate) as (
  bytes: Uint8Array,
  options: { readonly level: number },
) => Promise<Buffer>

/** ZLIB on the platform's thread pool. */
export const zlibCompress: Compress = (bytes) => compressed(bytes, { level })
