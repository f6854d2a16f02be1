// The client of a Countersign server: one session that stays signed in, shared by all tabs of a browser.
// Begin with session.ts, which assembles the other files.
export type { Call, CallInput, CallResult, RouteName } from './call.ts'
export {
  clientFailures,
  CountersignError,
  isCountersignError,
  type ClientFailure,
} from './failures.ts'
export type { NewPasskey, PasskeyPrompt } from './passkeys.ts'
export { createSession, type Session } from './session.ts'
export type { SessionOptions } from './session-options.ts'
export type { SessionState } from './session-store.ts'
export type { Credentials, EmailCode, SecondFactor, SignInResult } from './sign-in.ts'
export type { OnStepUp, StepUpProof, StepUpRequest } from './step-up.ts'
export { browserStorage, memoryStorage, type TokenStorage } from './storage.ts'
export type { SignedOutReason } from './stored-session.ts'
export type { ServerFailure, Wire } from './wire.ts'
