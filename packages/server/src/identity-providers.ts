import { isCountersignError, systemClock, type Clock } from '@countersign/token'
import type { Config, ProviderSettings } from './config/settings.ts'
import type { IdentityProviders } from './domain/federation/identity-provider.ts'
import {
  providerPresets,
  type PresetName,
  type ProviderPreset,
} from './domain/federation/provider-presets.ts'
import { Secret } from './domain/kernel/secret.ts'
import { fail } from './failures.ts'
import { createIdentityProvider, type ProviderOptions } from './platform/net/identity-provider.ts'

/** Makes the identity providers of the settings. Asks none of them anything. Fails with `setting_missing` and `setting_invalid`. */
export function identityProvidersOf(
  { federation }: Pick<Config, 'federation'>,
  clock: Clock,
): IdentityProviders {
  const made = Object.entries(federation).map(([name, settings]) =>
    createIdentityProvider(optionsOf(name, settings, clock)),
  )
  return new Map(made.map((one) => [one.name, one]))
}

function optionsOf(name: string, settings: ProviderSettings, clock: Clock): ProviderOptions {
  const key = `federation.${name}`
  const presetName = settings.preset ?? (isPreset(name) ? name : 'oidc')
  const preset: ProviderPreset = providerPresets[presetName]
  const { clientId, clientSecret, newUsers, emailDomains, trustEmails } = settings
  if (clientId === undefined) throw fail('setting_missing', { detail: `${key}.client_id` })
  if (clientSecret === undefined) throw fail('setting_missing', { detail: `${key}.client_secret` })
  const issuer = issuerOf(key, presetName, settings.issuer)
  if (emailDomains.length > 0 && !preset.verifiesEmails)
    throw fail('setting_invalid', {
      detail: `${key}.email_domains: ${preset.title} does not verify addresses; the tenant of its issuer says who may sign in`,
    })
  return {
    name,
    title: settings.title ?? (preset.title === '' ? name : preset.title),
    issuer,
    endpoints: preset.endpoints?.(issuer),
    clientId,
    clientSecret,
    scopes: settings.scopes ?? preset.scopes,
    verifiesEmails: preset.verifiesEmails,
    policy: { newUsers, emailDomains, trustsEmails: trustEmails },
    clock,
  }
}

/** Returns the issuer of a provider. An issuer for everyone's tenants is refused: each of them could sign in as any subject that it likes. */
function issuerOf(key: string, presetName: PresetName, given: string | undefined): string {
  const { issuer: known, otherIssuers }: ProviderPreset = providerPresets[presetName]
  const issuer = given ?? known
  if (issuer === undefined)
    throw fail('setting_missing', {
      detail: `${key}.issuer, which the preset ${presetName} needs`,
    })
  if (!otherIssuers && issuer !== known)
    throw fail('setting_invalid', {
      detail: `${key}.issuer: the preset ${presetName} has its own; use oidc for another provider`,
    })
  if (/\/(?:common|organizations|consumers)(?:\/|$)/.test(issuer) && presetName === 'microsoft')
    throw fail('setting_invalid', {
      detail: `${key}.issuer must name one tenant, not those of everyone`,
    })
  return issuer
}

function isPreset(name: string): name is PresetName {
  return Object.hasOwn(providerPresets, name)
}

/** An identity provider of the settings; `problem` is a word that says why it cannot be used. */
export interface ProviderState {
  readonly name: string
  readonly problem: string | undefined
}

/** Asks each identity provider for its metadata; one like GitHub has none and is asked nothing. */
export async function askProviders(config: Config): Promise<readonly ProviderState[]> {
  const unused = new Secret('unused')
  const request = {
    redirectUri: 'https://localhost',
    state: unused,
    nonce: unused,
    verifier: unused,
  }
  const asked = [...identityProvidersOf(config, systemClock).values()].map(async (provider) => {
    const { name } = provider
    try {
      await provider.authorizationUrl(request, false)
      return { name, problem: undefined }
    } catch (error) {
      if (!isCountersignError(error)) throw error
      return { name, problem: String(error.facts['problem']) }
    }
  })
  return Promise.all(asked)
}
