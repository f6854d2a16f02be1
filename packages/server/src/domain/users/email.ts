import { domainToASCII } from 'node:url'
import { fail } from '../../failures.ts'
import { foldName, holdsUnseen } from './user.ts'

const maxLocalBytes = 64 // bytes before the @ (RFC 5321, section 4.5.3.1.1)
const maxBytes = 254 // bytes in all (RFC 3696, erratum 1690)

/**
 * Checks an e-mail address: one `@`, before it 1 to 64 bytes without blanks and without characters that would need quotes (RFC
 * 5321, section 4.1.2), after it a domain name. Does not check whether mail arrives there.
 */
export function parseEmail(text: string): string {
  const refuse = (detail: string) => fail('email_unacceptable', { detail })
  const [local = '', domain = '', ...more] = text.split('@')
  if (local === '' || domain === '' || more.length > 0)
    throw refuse('it must have one @ with something on both sides')
  if (Buffer.byteLength(text) > maxBytes || Buffer.byteLength(local) > maxLocalBytes)
    throw refuse(`it has more than ${maxBytes} bytes, or more than ${maxLocalBytes} before the @`)
  // Characters that NFKC changes are refused: folding could turn one of them into a second @ or a blank (GHSA-7rqj-j65f-68wh).
  if (/[\s"(),:;<>[\\\]]/.test(text) || text.normalize('NFKC') !== text.normalize('NFC'))
    throw refuse('it has characters that an address cannot have')
  if (holdsUnseen(text)) throw refuse('it holds control or invisible characters')
  if (/^\.|\.$|\.\./.test(local))
    throw refuse('the part before the @ begins or ends with a dot, or has two in a row')
  if (
    !/^[\p{L}\p{M}\p{N}.-]+$/u.test(domain) ||
    !/^[^.]{1,63}(\.[^.]{1,63})+$/.test(domainToASCII(domain))
  )
    throw refuse('the part after the @ is not a domain name')
  return text
}

/**
 * Returns whether two addresses are one mailbox: they differ at most in the case of ASCII letters and in how the domain is written. Addresses that
 * only fold to the same can be two: `ß` and `ss`.
 */
export function isSameMailbox(one: string, other: string): boolean {
  const [a, b] = [one, other].map((email) => {
    const at = email.lastIndexOf('@')
    const local = email.slice(0, at).replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    return `${local}@${domainToASCII(email.slice(at + 1))}`
  })
  return a === b
}

/** Folds an address to the form in which addresses are compared: case folded, the domain in ASCII. Keeps dots and `+` before the `@`: some hosts give them a meaning. */
export function foldEmail(email: string): string {
  const at = email.lastIndexOf('@')
  return `${foldName(email.slice(0, at))}@${domainToASCII(email.slice(at + 1))}`
}
