import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import {
  parseFirebaseHash,
  parseForeignHash,
  parseKeyedHash,
  parseKeycloakHash,
  type FirebaseParams,
} from '../passwords/foreign-hash.ts'
import { isDummyHash } from '../passwords/password-hash.ts'
import { isMembers, type Members } from './file-record.ts'
import { isFalse, isSet, listOf, memberOf, textOf, timeOf } from './read-members.ts'

/** A user as an export describes them. Names and addresses are judged when they are imported. */
export interface ForeignUser {
  /** The id, if this server gave it. */
  readonly id?: string | undefined
  readonly name: string
  readonly email: string | undefined
  readonly isEmailVerified: boolean
  readonly isDisabled: boolean
  readonly roles: readonly string[]
  readonly createdAt: Seconds | undefined
  /** The password hash as it is stored; undefined for a user without a password. */
  readonly hash: string | undefined
}

/** The systems whose exports can be read, and formats of our own. */
export type Source = keyof typeof sources

/** The time, the pepper and the hash parameters with which the records of other systems are read. */
export interface SourceOptions {
  readonly now: Seconds
  /** The id of the pepper that is the key of Flask-Security's HMAC. */
  readonly hmacPepperId?: string | undefined
  /** The hash parameters of the Firebase project. */
  readonly firebase?: FirebaseParams | undefined
}

/** A format of files with users. */
export interface Format {
  /** The users are in the member `users` of one document. */
  readonly wrapped: boolean
  /** All columns that are read; others of a table are reported. Undefined for a system that wrote the file itself, with much that has no meaning here. */
  readonly columns?: readonly string[]
  /** Reads a record; `undefined` for one that is no user. */
  read(members: Members, options: SourceOptions): ForeignUser | undefined
}

/** The columns that every export may have. Booleans of these names say in every system whether a user may sign in. */
const common = {
  email: ['email'],
  createdAt: ['created_at', 'date_joined'],
  roles: ['roles'],
  // prettier-ignore
  disabled: [
    'disabled', 'disabled_at', 'is_disabled', 'isDisabled', 'deactivated_at', 'banned', 'is_banned', 'blocked', 'is_blocked',
    'suspended', 'is_suspended', 'suspended_at', 'deleted', 'is_deleted', 'deleted_at', 'deletedAt',
  ],
  active: ['is_active', 'isActive', 'active', 'enabled', 'is_enabled', 'isEnabled'],
}

const werkzeug = {
  name: ['username', 'name', 'login'],
  verified: ['email_verified', 'confirmed_at'],
  hash: ['password_hash', 'password', 'pw_hash'],
}

const own = {
  id: ['id'],
  name: ['username'],
  verified: ['email_verified', 'email_verified_at'],
  hash: ['password_hash'],
}

const columnsOf = (names: Readonly<Record<string, readonly string[]>>) =>
  Object.values({ ...common, ...names }).flat()

/** Each system, and how its export describes a user. */
export const sources = {
  /** A table of a Flask application, as CSV or JSON; with the columns of Flask-Security, too. */
  werkzeug: {
    wrapped: false,
    columns: columnsOf(werkzeug),
    read: (members) => ({
      ...userOf(members, textOf(members, ...werkzeug.name)),
      isEmailVerified: isSet(members, ...werkzeug.verified),
      hash: hashOf(textOf(members, ...werkzeug.hash)),
    }),
  },
  /** The same for Flask-Security, whose hashes are of an HMAC unless `SECURITY_PASSWORD_SINGLE_HASH` is set. */
  'flask-security': {
    wrapped: false,
    read(members, { hmacPepperId }) {
      const password = textOf(members, 'password')
      if (password !== undefined && hmacPepperId === undefined)
        throw fail('hash_unsupported', { detail: 'SECURITY_PASSWORD_SALT is missing' })
      const hash = password && hmacPepperId && parseKeyedHash(password, hmacPepperId)
      return {
        ...userOf(members, textOf(members, 'username')),
        isEmailVerified: isSet(members, 'confirmed_at'),
        hash: hash || undefined,
      }
    },
  },
  /** `manage.py dumpdata auth.user`, or the table as CSV. */
  django: {
    wrapped: false,
    read(members) {
      const fields = isMembers(members['fields']) ? members['fields'] : members
      const password = textOf(fields, 'password')
      if (password === undefined && 'model' in members) return undefined // a group or a permission
      return {
        ...userOf(fields, textOf(fields, 'username')),
        roles: isSet(fields, 'is_superuser') ? ['admin'] : [],
        hash: password?.startsWith('!') ? undefined : hashOf(password),
      }
    },
  },
  /** `firebase auth:export users.json`. */
  firebase: {
    wrapped: true,
    read(members, { firebase }) {
      const [salt, digest] = [textOf(members, 'salt'), textOf(members, 'passwordHash')]
      const hasPassword = salt !== undefined && digest !== undefined
      if (hasPassword && !firebase)
        throw fail('hash_unsupported', { detail: 'the hash parameters of the project are missing' })
      return {
        ...userOf(members, undefined),
        isEmailVerified: isSet(members, 'emailVerified'),
        createdAt: timeOf(members, 'createdAt'),
        hash: hasPassword && firebase ? parseFirebaseHash(firebase, salt, digest) : undefined,
      }
    },
  },
  /** The tables `user` and `account` of better-auth, joined. Its `name` is a name for showing. */
  'better-auth': {
    wrapped: false,
    read: (members) => ({
      ...userOf(members, textOf(members, 'username')),
      isEmailVerified: isSet(members, 'emailVerified', 'email_verified'),
      createdAt: timeOf(members, 'createdAt', 'created_at'),
      roles: listOf(members['role']),
      hash: hashOf(textOf(members, 'password')),
    }),
  },
  /** The table `auth.users` of Supabase, as CSV or JSON. */
  supabase: {
    wrapped: false,
    read(members, { now }) {
      const user = userOf(members, undefined)
      return {
        ...user,
        isEmailVerified: isSet(members, 'email_confirmed_at'),
        isDisabled: user.isDisabled || (timeOf(members, 'banned_until') ?? 0) > now,
        roles: [], // its `role` is a role of the database
        hash: hashOf(textOf(members, 'encrypted_password')),
      }
    },
  },
  /** The export of users with their password hashes that Auth0's support makes, one user a line. */
  auth0: {
    wrapped: false,
    read(members) {
      const custom = memberOf(memberOf(members, 'custom_password_hash'), 'hash')
      return {
        ...userOf(members, textOf(members, 'username')),
        isEmailVerified: isSet(members, 'email_verified'),
        hash: hashOf(textOf(members, 'passwordHash') ?? textOf(custom, 'value')),
      }
    },
  },
  /** `kc.sh export --users same_file`, or one of the files of a realm. */
  keycloak: {
    wrapped: true,
    read: (members) => ({
      ...userOf(members, textOf(members, 'username')),
      isEmailVerified: isSet(members, 'emailVerified'),
      createdAt: timeOf(members, 'createdTimestamp'),
      roles: listOf(members['realmRoles']),
      hash: keycloakHashOf(members),
    }),
  },
  /** JSON Lines of this server: what `countersign export` prints. */
  jsonl: { wrapped: false, columns: columnsOf(own), read: readOwn },
  /** The same as CSV. */
  csv: { wrapped: false, columns: columnsOf(own), read: readOwn },
} as const satisfies Readonly<Record<string, Format>>

/** Returns whether a text names a system. */
export function isSource(text: string): text is Source {
  return Object.hasOwn(sources, text)
}

function readOwn(members: Members): ForeignUser {
  const [id, hash] = [textOf(members, ...own.id), textOf(members, ...own.hash)]
  return {
    ...userOf(members, textOf(members, ...own.name)),
    id: id !== undefined && /^u_[\w-]{22}$/.test(id) ? id : undefined,
    isEmailVerified: isSet(members, ...own.verified),
    hash: hash !== undefined && isDummyHash(hash) ? undefined : hashOf(hash), // no password fits it
  }
}

/** Returns what most exports have alike. Without a name, the address is the name, as it was where people signed in with it. Fails with `record_invalid`. */
function userOf(members: Members, name: string | undefined): ForeignUser {
  const email = textOf(members, ...common.email)
  const known = name ?? email
  if (known === undefined)
    throw fail('record_invalid', { detail: 'it has neither a user name nor an e-mail address' })
  return {
    name: known,
    email,
    createdAt: timeOf(members, ...common.createdAt),
    roles: common.roles.flatMap((column) => listOf(members[column])),
    isDisabled: isFalse(members, ...common.active) || isSet(members, ...common.disabled),
    isEmailVerified: false,
    hash: undefined,
  }
}

function hashOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : parseForeignHash(text)
}

/** Reads the credential of the type `password`: its data are JSON in texts, and the parameters of Argon2 lists of one text. */
function keycloakHashOf(members: Members): string | undefined {
  const credentials: unknown = members['credentials']
  const all = Array.isArray(credentials) ? credentials.filter(isMembers) : []
  const found = all.find((one) => one['type'] === 'password')
  if (!found) return undefined
  const [secret, data] = ['secretData', 'credentialData'].map((name) => {
    try {
      return JSON.parse(textOf(found, name) ?? '') as unknown
    } catch {
      throw fail('hash_unsupported', { detail: 'its data cannot be read' })
    }
  })
  const given = isMembers(data) ? memberOf(data, 'additionalParameters') : {}
  const parameters = Object.keys(given).map((name) => [name, textOf({ name: given[name] }, 'name')])
  return parseKeycloakHash({
    algorithm: textOf(data, 'algorithm') ?? '',
    iterations: Number(textOf(data, 'hashIterations')),
    parameters: Object.fromEntries(parameters) as Readonly<Record<string, string | undefined>>, // of textOf
    salt: textOf(secret, 'salt') ?? '',
    value: textOf(secret, 'value') ?? '',
  })
}
