// The parts with which a guard follows a feed, for the server's relay, which follows one for other guards. For the sibling packages only; it may
// change in any version.
export { connectFeed, type FeedConnection } from './revocation/feed-connection.ts'
export { followKeys } from './revocation/follow-keys.ts'
export { problemOf, verifyWithKeyRefresh, type ListSigner } from './revocation/list-copy.ts'
