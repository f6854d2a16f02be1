import { html, type HtmlContent } from '../../html.ts'
import type { Translate } from '../../translation/translate.ts'

// console/users/: the pages of users, their sessions and invitations. This file has what they share.

/** The path of the section of users. */
export const usersPath = '/console/users'

/** The path of the form for a new user. */
export const newUserPath = `${usersPath}/add`

/** The path of the section of invitations. */
export const invitationsPath = '/console/invitations'

/** The path of the form for a new invitation. */
export const invitePath = `${invitationsPath}/add`

/** Splits text at spaces and commas. */
export function splitWords(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}

/** Renders the hint of a field of roles. */
export function rolesHint(t: Translate): HtmlContent {
  return t.html('Separated by spaces; {role} gives access to this console.', {
    role: html`<code>admin</code>`,
  })
}
