import { randomBytes } from 'node:crypto'
import type { Random } from '../../domain/kernel/ports.ts'

/** Random bytes from the operating system. */
export const systemRandom: Random = { bytes: (count) => randomBytes(count) }
