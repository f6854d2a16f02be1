/**
 * What an administrator changes asks for a sign-in that is no older, in seconds: a device that was left alone, or a token that was
 * stolen an hour ago, makes no new administrators. The refusal tells the client what to do (RFC 9470).
 */
export const recentSignInSeconds = 900
