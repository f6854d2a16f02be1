export type { Credentials } from './credentials.ts'
export { guardFailures, type RefusalCode } from './failures.ts'
export {
  createGuard,
  type Allowed,
  type Guard,
  type GuardOptions,
  type Problem,
  type Refused,
} from './guard.ts'
export type { Need } from './need.ts'
export { principalOf, type Principal } from './principal.ts'
