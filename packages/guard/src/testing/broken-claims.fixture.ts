import { forge } from '@countersign/testing/tokens'
import {
  audience,
  claims,
  header,
  issuer,
  key,
  now,
  row,
  say,
  without,
  type Mistake,
} from './broken-tokens.fixture.ts'

const absent = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'].map((name) =>
  row(`no ${name}`, without(name), new RegExp(`does not write ${name}`)),
)
const hour = 3600 // seconds

/** Faults in claims that were signed properly. */
export const contents: readonly Mistake[] = [
  ...absent,
  row(
    'neither iat nor jti',
    forge(key, header, { ...claims, iat: undefined, jti: undefined }),
    /does not write iat, jti/,
  ),
  row('a user number', say({ sub: 7 }), /sub as a number/),
  row('a time as text', say({ exp: String(now + 900) }), /time as text/),
  row('a date as text', say({ iat: '2027-01-15T08:00:00Z' }), /time as text/),
  row('an empty user', say({ sub: '' }), /empty name/),
  row('an end in milliseconds', say({ exp: (now + 900) * 1000 }), /milliseconds/),
  row(
    'all times in milliseconds',
    say({ iat: now * 1000, exp: (now + 900) * 1000 }),
    /milliseconds/,
  ),
  row('a beginning in milliseconds', say({ nbf: now * 1000 }), /milliseconds/),
  row('a slash more in the issuer', say({ iss: `${issuer}/` }), /slash/),
  row(
    'http in the issuer',
    say({ iss: issuer.replace('https', 'http') }),
    /http and the other with https/,
  ),
  row('no scheme in the issuer', say({ iss: 'auth.example.com' }), /scheme|http/),
  row('capital letters in the issuer', say({ iss: 'https://Auth.Example.com' }), /capital letters/),
  row('the port in the issuer', say({ iss: `${issuer}:443` }), /port/),
  row('a blank after the issuer', say({ iss: `${issuer} ` }), /blank/),
  row(
    'another environment',
    say({ iss: 'https://auth.staging.example.com' }),
    /another issuer or environment/,
  ),
  row(
    'an issuer on a developer machine',
    say({ iss: 'http://localhost:5000' }),
    /another issuer or environment/,
  ),
  row('a slash more in the audience', say({ aud: `${audience}/` }), /slash/),
  row('a slash more in one of the audiences', say({ aud: ['account', `${audience}/`] }), /slash/),
  row(
    'http in the audience',
    say({ aud: audience.replace('https', 'http') }),
    /http and the other with https/,
  ),
  row(
    'capital letters in the audience',
    say({ aud: 'https://API.example.com' }),
    /capital letters/,
  ),
  row('another service', say({ aud: 'https://billing.example.com' }), /another service/),
  row('several other services', say({ aud: ['account', 'billing'] }), /another service/),
  row('the default audience of Keycloak', say({ aud: 'account' }), /another service/),
  row('the issuer as audience', say({ aud: issuer }), /another service/),
  row('ended a moment ago', say({ iat: now - 910, exp: now - 10 }), /10 s ago/),
  row('ended a minute ago', say({ iat: now - 960, exp: now - 60 }), /60 s ago/),
  row('ended half an hour ago', say({ iat: now - 2700, exp: now - 1800 }), /refreshes too late/),
  row('ended two hours ago', say({ iat: now - 3 * hour, exp: now - 2 * hour }), /does not refresh/),
  row(
    'ended a year ago',
    say({ iat: now - 8000 * hour, exp: now - 7999 * hour }),
    /does not refresh/,
  ),
  row('a clock 8 seconds ahead', say({ iat: now + 8 }), /8 s apart/),
  row('a clock 90 seconds ahead', say({ iat: now + 90 }), /90 s apart/),
  row('a clock 10 minutes ahead', say({ iat: now + 600, exp: now + 1500 }), /600 s apart/),
  row('a beginning 30 seconds ahead', say({ nbf: now + 30 }), /30 s apart/),
  row('local time one hour east', say({ iat: now + hour, exp: now + 2 * hour }), /local time/),
  row('local time in India', say({ iat: now + 5.5 * hour, exp: now + 6 * hour }), /local time/),
  row('local time in Auckland', say({ nbf: now + 13 * hour, exp: now + 14 * hour }), /local time/),
  row('bound to a key by DPoP', say({ cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJG' } }), /by DPoP/),
  row(
    'bound to a client certificate',
    say({ cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5' } }),
    /a certificate/,
  ),
  row('a token for a month', say({ exp: now + 720 * hour }), /long-lived/),
]
