import { fail } from '../../failures.ts'

const maxRoles = 32 // they stand in every access token, and a header has its limits

/** Checks roles: at most 32, each 1 to 64 of lower-case letters, digits and `. _ : -`; none counts twice. The order is kept. */
export function parseRoles(texts: readonly string[]): readonly string[] {
  const roles = [...new Set(texts)]
  if (roles.length > maxRoles)
    throw fail('role_unacceptable', { detail: `there are more than ${maxRoles}` })
  if (roles.some((one) => !/^[a-z0-9][a-z0-9._:-]{0,63}$/.test(one)))
    throw fail('role_unacceptable', {
      detail: 'a role has 1 to 64 lower-case letters, digits and signs of . _ : -',
    })
  return roles
}
