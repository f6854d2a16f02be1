/**
 * The schemes of applications whose pages a browser shows: their origins have the form of a web origin, although the URL standard calls them
 * opaque, and browsers send them whole in `Origin`. No scheme that any page can open, such as `data:` or `file:`.
 */
const applicationOrigin =
  /^(?!(?:https?|wss?|ftp|file|data|blob|about|javascript|null):)[a-z][a-z\d+.-]*:\/\/[a-z\d][a-z\d.-]*(?::\d{1,5})?$/

/**
 * Returns whether text is an origin exactly as browsers send it (RFC 6454, section 6.2): of a web page, or of an application such as
 * `capacitor://localhost`, `tauri://localhost` or `chrome-extension://…`. Never `null` or `*`.
 */
export function isOrigin(text: string): boolean {
  if (applicationOrigin.test(text)) return true
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}
