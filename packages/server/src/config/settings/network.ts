import { z } from 'zod'
import { setting, type SettingGroups } from '../setting.ts'
import { addressList, originList, port, text, url, wholeNumber } from '../shapes.ts'

/** Where the server stands and how it is reached. */
export const network = {
  issuer: {
    url: setting(
      url.optional(),
      'URL',
      undefined,
      'Public address of this server; it is the iss of every token. In development, localhost and the port; else required.',
    ),
  },
  http: {
    host: setting(
      text(255),
      'HOST',
      'localhost',
      'Address to listen on. Beyond this machine it takes TLS, or a declared proxy.',
    ),
    port: setting(port, 'PORT', { development: '5000', production: '8080' }, 'Port to listen on.'),
    maxConnections: setting(
      wholeNumber(10, 1_000_000),
      'NUMBER',
      '10000',
      'Connections at most; beyond it new ones are closed at once, and beyond a tenth, at least 16, those of one address. Each takes a file: keep it below `ulimit -n`.',
    ),
  },
  tls: {
    certificateFile: setting(
      text(4096).optional(),
      'FILE',
      undefined,
      'The certificate of this server with its chain behind it, in PEM: then it speaks TLS itself. Looked at again when it changes.',
    ),
    keyFile: setting(
      text(4096).optional(),
      'FILE',
      undefined,
      'The private key of that certificate, in PEM, readable for nobody but this server.',
    ),
    redirectPort: setting(
      port.optional(),
      'PORT',
      undefined,
      'Port where plain HTTP is told to come back with https, such as 80; none: nobody listens.',
    ),
  },
  proxy: {
    addresses: setting(
      addressList,
      'LIST',
      '',
      'Addresses of the reverse proxies that end TLS in front of this server, with commas; empty for none.',
    ),
    header: setting(
      z.enum(
        ['none', 'forwarded', 'x-forwarded-for'],
        'must be none, forwarded or x-forwarded-for',
      ),
      'NAME',
      'none',
      'The header in which those proxies, each adding at its end, write from which address a request came. Without it all callers behind a proxy share one limit by address.',
    ),
  },
  cors: {
    origins: setting(
      originList,
      'LIST',
      '',
      'Origins whose pages may call this server from a browser, such as `https://app.example.com`, with commas; empty for none.',
    ),
  },
} as const satisfies SettingGroups
