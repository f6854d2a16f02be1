import type { Config } from '../../config/settings.ts'
import { askProviders, type ProviderState } from '../../maintenance.ts'
import { ok, warn, type Finding } from './assessments.ts'

/** Reads the metadata of each identity provider of the settings, as the first sign-in with it does. */
export async function checkProviders(config: Config): Promise<readonly Finding[]> {
  return (await askProviders(config)).map(assessProvider)
}

/** Assesses the answer of an identity provider. */
function assessProvider({ name, problem }: ProviderState): Finding {
  if (problem === undefined)
    return ok(`a sign-in with ${name} can begin; its client secret is checked when one ends`)
  return warn(
    `identity provider ${name} cannot be used: ${problem}`,
    `no one signs in with it; check federation.${name}.issuer, and that this machine reaches it`,
  )
}
