import * as z from 'zod'
import { setting, type Setting } from '../setting.ts'
import { domainList, issuerUrl, text, wordList, yesOrNo } from '../shapes.ts'
import { Secret } from '../../domain/kernel/secret.ts'

const presets = ['oidc', 'google', 'microsoft', 'github', 'gitlab', 'discord', 'slack'] as const

/** The name of an identity provider: a part of variables, keys and paths. */
export const providerName = /^[a-z][a-z0-9]{0,31}$/

/** The presets of the domain; a test compares the two lists. */
export const providerPreset = z.enum(presets, `must be one of ${presets.join(', ')}`)

/**
 * The settings of one identity provider: the group `federation.NAME`, once for each provider. NAME is the operator's choice, so there are no flags for
 * them.
 */
export const provider = {
  preset: setting(
    providerPreset.optional(),
    'WORD',
    undefined,
    'What is known of the provider: google, microsoft, github, gitlab, discord or slack; oidc for any other one with OpenID Connect. If it is not set, NAME decides.',
  ),
  issuer: setting(
    issuerUrl.optional(),
    'URL',
    undefined,
    'The issuer of the provider, exactly as it writes it; required for the presets oidc and microsoft (https://login.microsoftonline.com/TENANT/v2.0), and for servers of your own with github and gitlab.',
  ),
  clientId: setting(
    text(256).optional(),
    'TEXT',
    undefined,
    'The id that the provider has given this server. Its redirect URI is the URL of this server with /login/with/NAME/callback.',
  ),
  clientSecret: setting(
    z
      .string()
      .regex(/^[\x21-\x7E]{1,2048}$/, 'must be 1 to 2048 printable ASCII characters')
      .transform((secret) => new Secret(secret))
      .optional(),
    'TEXT',
    undefined,
    'The secret that the provider has given this server.',
    { secret: true },
  ),
  title: setting(
    text(40).optional(),
    'TEXT',
    undefined,
    'What the sign-in page calls the provider; the name of the preset if it is not set.',
  ),
  scopes: setting(
    wordList.optional(),
    'LIST',
    undefined,
    'The scopes to ask for, if they are not those of the preset, separated by commas or spaces.',
  ),
  newUsers: setting(
    z.enum(['registration', 'always', 'never'], 'must be registration, always or never'),
    'WORD',
    'registration',
    'Which accounts that no user has linked become users: with `registration` those that users.registration lets register, with `always` all that the provider signs in, with `never` none.',
  ),
  emailDomains: setting(
    domainList,
    'LIST',
    '',
    'Domains, separated by commas; only accounts with an e-mail address in one of them that the provider has verified sign in. Empty for all accounts.',
  ),
  trustEmails: setting(
    yesOrNo,
    'WORD',
    'no',
    'With `yes`, an address that the provider has verified is verified here, too: with it a new password can be set. With `no` users verify it themselves.',
  ),
} as const satisfies Readonly<Record<string, Setting>>
