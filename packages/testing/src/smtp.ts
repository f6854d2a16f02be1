import { once } from 'node:events'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { freePort } from './http.ts'

/** A mail as an SMTP server received it. */
export interface ReceivedMail {
  readonly to: string
  readonly from: string
  /** The message with its headers, decoded from quoted-printable. */
  readonly text: string
  /** The user who authenticated. */
  readonly user: string | undefined
  readonly isEncrypted: boolean
}

/** An SMTP server for tests. */
export interface SmtpPeer extends AsyncDisposable {
  readonly port: number
  readonly mails: readonly ReceivedMail[]
  /** Returns the answer to a recipient, instead of taking the mail: a reply code and a text. */
  refuse: ((to: string) => readonly [code: number, text: string] | undefined) | undefined
  /** Called when a mail has arrived, before the server says so. */
  received: ((mail: ReceivedMail) => unknown) | undefined
}

/** The options of {@link startSmtp}. */
export interface SmtpPeerOptions {
  /** With it the server offers STARTTLS, or with `implicit` speaks TLS from the first byte. */
  readonly certificate?: { readonly cert: string; readonly key: string }
  readonly implicit?: boolean
  /** The only user and password that it takes; without, clients need not authenticate. */
  readonly login?: readonly [user: string, password: string]
  readonly port?: number
}

/** Starts an SMTP server on this machine. */
export async function startSmtp(options: SmtpPeerOptions = {}): Promise<SmtpPeer> {
  const { certificate, implicit = false, login } = options
  const port = options.port ?? (await freePort())
  const mails: ReceivedMail[] = []
  const peer: SmtpPeer = {
    port,
    mails,
    refuse: undefined,
    received: undefined,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
  const disabled = [...(certificate ? [] : ['STARTTLS']), ...(login ? [] : ['AUTH'])]
  const settings: SMTPServerOptions = {
    ...certificate,
    secure: implicit,
    disabledCommands: disabled,
    authOptional: login === undefined,
    onAuth(auth, _session, done) {
      const isRight = auth.username === login?.[0] && auth.password === login?.[1]
      if (isRight) done(null, { user: auth.username })
      else done(Object.assign(new Error('authentication failed'), { responseCode: 535 }))
    },
    onRcptTo({ address }, _session, done) {
      const [responseCode, text] = peer.refuse?.(address) ?? []
      if (responseCode === undefined) done()
      else done(Object.assign(new Error(text), { responseCode }))
    },
    async onData(stream, session, done) {
      let message = ''
      try {
        for await (const chunk of stream) message += String(chunk)
      } catch {
        return // the client broke off
      }
      const { mailFrom, rcptTo } = session.envelope
      const mail: ReceivedMail = {
        to: rcptTo[0]?.address ?? '',
        from: mailFrom ? mailFrom.address : '',
        text: decodeQuotedPrintable(message),
        user: typeof session.user === 'string' ? session.user : undefined,
        isEncrypted: session.secure,
      }
      mails.push(mail)
      await peer.received?.(mail)
      done()
    },
  }
  const server = new SMTPServer(settings)
  server.on('error', () => undefined) // clients that break off are part of the tests
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  return peer
}

function decodeQuotedPrintable(text: string): string {
  const bytes = text
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
