/** The place of a server inside an application: the addresses that are its own, by the path of the issuer's URL. */
export interface MountPath {
  /** The path of the issuer's URL; empty at the root of the host. */
  readonly prefix: string
  /** Returns the path of a route or page by the path of a request; `undefined` for an address of the application. */
  inside(pathname: string): string | undefined
}

/** Documents that clients look for at the root of the host, with the path of the issuer at the end (RFC 8414, sections 3.1 and 5). */
const inserted = ['oauth-authorization-server', 'openid-configuration'] as const

/** The document that browsers look for at the root of the host, also if the server has a path (WebAuthn Level 3, section 5.11). */
const relatedOrigins = '/.well-known/webauthn'

/** Creates the addresses of a server inside an application. */
export function createMountPath(issuer: string): MountPath {
  const { pathname } = new URL(issuer)
  const prefix = pathname === '/' ? '' : pathname
  const outer = new Map(
    inserted.map((name) => [`/.well-known/${name}${prefix}`, `/.well-known/${name}`]),
  )
  outer.set(relatedOrigins, relatedOrigins)
  return {
    prefix,
    inside(path) {
      if (prefix === '') return path
      if (path === prefix) return '/'
      return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : outer.get(path)
    },
  }
}
