import type { NamedSetting } from './settings.ts'

// Deployments write variables that no operator chose: empty ones, from `VARIABLE=${UNSET}`, and those that Kubernetes sets for each Service of
// a namespace, whose names begin with COUNTERSIGN_ if the name of the Service begins with countersign.

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Names that only a service link has. `COUNTERSIGN_X_PORT` may be a setting, too, so its value decides. */
const linkName = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/
const linkValue = /^(tcp|udp|sctp):\/\//

/**
 * Returns the variables that may name settings, without blanks around their values. Leaves out empty ones and service links of Kubernetes,
 * which are kept only under the name of a setting: {@link serviceLinkProblem} explains it.
 */
export function variablesOf(env: Environment, known: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(env)) {
    const text = value?.trim() ?? ''
    if (!name.startsWith('COUNTERSIGN_') || text === '') continue
    const isLink = linkName.test(name) || (name.endsWith('_PORT') && linkValue.test(text))
    if (known.includes(name) || !isLink) found.set(name, text)
  }
  return found
}

/** Explains the value of a setting that Kubernetes has set; undefined for every other value. */
export function serviceLinkProblem(
  { variable }: NamedSetting,
  text: string | undefined,
): string | undefined {
  if (!linkValue.test(text ?? '') || !variable.endsWith('_PORT')) return undefined
  const service = variable.slice(0, -'_PORT'.length).toLowerCase().replaceAll('_', '-')
  return `is not a port: Kubernetes sets ${variable} for the Service ${service}; set enableServiceLinks: false in the pod, or rename the Service`
}
