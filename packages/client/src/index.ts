export { browserStorage } from './browser-storage.ts'
export type { Call, CallAnswer, CallInput, RouteName } from './call.ts'
export {
  clientFailures,
  CountersignError,
  isCountersignError,
  type ClientFailure,
} from './failures.ts'
export type { SignedOutReason } from './stored-session.ts'
export { createSession, type Session, type SessionOptions } from './session.ts'
export type { Credentials } from './sign-in-and-out.ts'
export { memoryStorage, type TokenStorage } from './storage.ts'
export type { SessionState } from './session-state.ts'
export type { ServerFailure, Wire } from './wire.ts'
