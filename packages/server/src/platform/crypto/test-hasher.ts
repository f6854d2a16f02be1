import type { PasswordHasher } from '../../domain/passwords/password-hasher.ts'
import { createPasswordHasher } from './password-hasher.ts'

const cheap = createPasswordHasher({ memoryKiB: 8, passes: 1 })

/**
 * A password hasher for tests: cheap, and one for all tests of a process, because to start its threads costs more than most tests. Closing it
 * does nothing; idle threads do not keep the process alive.
 */
export const testHasher: PasswordHasher = {
  ...cheap,
  get waiting() {
    return cheap.waiting
  },
  close: async () => {},
}
