import * as z from 'zod'
import { setting, type SettingGroups } from '../setting.ts'
import { addressList, httpOrigin, originList, port, text, url, wholeNumber } from '../shapes.ts'

/** Addresses, TLS, proxies and CORS. */
export const network = {
  issuer: {
    url: setting(
      url.optional(),
      'URL',
      undefined,
      'Public URL of this server, the iss of every token. Default in development: localhost and the port. Required in production.',
    ),
    allowInsecureHttp: setting(
      httpOrigin.optional(),
      'ORIGIN',
      undefined,
      'The origin of issuer.url, such as http://auth:8080, if it is a plain http address inside a cluster. An attacker on that network can replace the keys that guards fetch, and so forge every token. Requests with secrets are still accepted over encrypted connections, from this machine and from declared proxies only.',
    ),
  },
  http: {
    host: setting(
      text(255),
      'HOST',
      'localhost',
      'Address to listen on. One that other machines can reach needs TLS or a declared proxy.',
    ),
    port: setting(port, 'PORT', { development: '5000', production: '8080' }, 'Port to listen on.'),
    maxConnections: setting(
      wholeNumber(10, 1_000_000),
      'NUMBER',
      '10000',
      'Maximum number of connections; new ones beyond it are closed at once. One client address can have a tenth of them, at least 16. Each needs a file descriptor: keep it below `ulimit -n`.',
    ),
  },
  tls: {
    certificateFile: setting(
      text(4096).optional(),
      'FILE',
      undefined,
      'The TLS certificate of this server followed by its chain, in PEM; with it the server terminates TLS. Reloaded when it changes.',
    ),
    keyFile: setting(
      text(4096).optional(),
      'FILE',
      undefined,
      'The private key of the certificate, in PEM, readable by this server only.',
    ),
    redirectPort: setting(
      port.optional(),
      'PORT',
      undefined,
      'Port that redirects plain HTTP to https, such as 80. Without it there is no redirect.',
    ),
  },
  proxy: {
    addresses: setting(
      addressList,
      'LIST',
      '',
      'Addresses of the reverse proxies that terminate TLS in front of this server, separated by commas; empty for none.',
    ),
    header: setting(
      z.enum(
        ['none', 'forwarded', 'x-forwarded-for'],
        'must be none, forwarded or x-forwarded-for',
      ),
      'NAME',
      'none',
      'The header in which the proxies write the client address, each appending to it. With `none`, all clients behind a proxy share one rate limit.',
    ),
  },
  cors: {
    origins: setting(
      originList,
      'LIST',
      '',
      'Origins whose pages may call this server from a browser, such as `https://app.example.com` or `capacitor://localhost`, separated by commas; empty for none.',
    ),
  },
} as const satisfies SettingGroups
