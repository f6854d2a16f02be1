import type { Timer } from '@countersign/token/internal'

/** The access tokens for API tokens of the last seconds, by the text of the API token. */
export interface RecentTokens {
  find(apiToken: string): string | undefined
  /** Adds an API token that is good, and returns its access token. */
  add(apiToken: string, accessToken: string): string
  delete(apiToken: string): void
  /** The number of texts in memory. */
  readonly size: number
}

const maxSeconds = 10 // an API token is good for months, so its text stays in memory no longer than this helps
const maxTokens = 10_000 // some 200 bytes each

/**
 * Creates the recent tokens of one guard. A look-up by text spares the hash, which costs as much as the whole check of an access token. A text is in
 * memory for at most 10 seconds: a timer drops all of them, because the guard may get no other request.
 */
export function createRecentTokens(timer: Timer): RecentTokens {
  const tokens = new Map<string, string>()
  return {
    find: (apiToken) => tokens.get(apiToken),
    add(apiToken, accessToken) {
      if (tokens.size === 0) timer.after(maxSeconds, () => tokens.clear())
      if (tokens.size < maxTokens) tokens.set(apiToken, accessToken)
      return accessToken
    },
    delete: (apiToken) => void tokens.delete(apiToken),
    get size() {
      return tokens.size
    },
  }
}
