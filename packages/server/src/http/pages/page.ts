import type { z } from 'zod'
import type { Services } from '../pipeline/services.ts'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import type { Owner } from '../../domain/passwords/confirm-password.ts'
import type { Session, SessionGrant } from '../../domain/sessions/session.ts'
import type { ActingAdministrator } from '../../domain/administration/actor.ts'
import type { User } from '../../domain/users/user.ts'
import type { ServerFailureCode } from '../../failures.ts'
import type { Limit } from '../pipeline/limit.ts'
import type { AssetName } from './assets.ts'
import type { Html } from './html.ts'
import type { Notice } from './notices.ts'

/** Whoever looks at a page, where their cookies say it and their session is alive. */
export interface Visitor {
  readonly user: User
  readonly session: Session
}

/** Who acts, where an administrator sends a form. */
export function actorOf({ user, session }: Visitor): ActingAdministrator {
  return { user: user.id, session: session.id }
}

/** The signed-in user who changes their own account, with the password that proves it. */
export function ownerOf({ user, session }: Visitor, password: Secret, client: ClientInfo): Owner {
  return { userId: user.id, sessionId: session.id, password, client }
}

/** What a page, and a form on it, is given. */
export interface PageInput {
  readonly runtime: Services
  /** Whether this server is one for development: pages then tell the sample user. */
  readonly development: boolean
  /** What stands in the path where the page has `:name`. */
  readonly params: Readonly<Record<string, string>>
  /** What follows the `?`. */
  readonly query: URLSearchParams
  readonly client: ClientInfo
  readonly visitor: Visitor | undefined
  /** Who is signed in; only pages with `access: 'user'` or `'admin'` may ask. */
  readonly member: () => Visitor
  /** The settings in force: their names, their values without secrets, and where each comes from. */
  readonly settings: readonly Readonly<Record<'key' | 'value' | 'from', string>>[]
  /** A path of this server as a browser sees it: behind a prefix where the issuer's URL has one. */
  readonly link: (path: string) => string
  /** The form that was sent in vain; none when the page is only looked at. */
  readonly trouble: FormError | undefined
}

/** What a page shows. */
export interface View {
  /** What the browser calls it; the page's one `h1` is for the page itself to write. */
  readonly title: string
  readonly main: Html
  readonly script?: AssetName
  /** A style sheet beside the one of all pages. */
  readonly sheet?: AssetName
  /** For tables: the page may be wider than text is read well. */
  readonly wide?: true
  /** Seconds after which the browser looks again by itself: while something is going on. */
  readonly again?: number
  readonly status?: number
}

/** Another page in place of this one. */
export interface RedirectTo {
  readonly to: string
}

/** What a form that was sent has brought about; the browser is sent to `to` (303), so that a reload repeats nothing. */
export interface Done extends RedirectTo {
  readonly notice?: Notice
  /** The visitor is signed in from now on. */
  readonly signedIn?: SessionGrant
  /** The visitor is signed out from now on. */
  readonly signedOut?: true
}

/** Why a form was sent in vain, for the page to tell beside it. */
export interface FormError {
  /** The name of the form. */
  readonly form: string
  /** The name of the field that it is about; none when it is about the whole form. */
  readonly field: string | undefined
  /** A sentence with its full stop. */
  readonly sentence: string
  /** What was typed, but for what is secret. */
  readonly typed: Readonly<Record<string, string>>
}

/** What is told in place of a failure's own sentence, and beside which field. */
export interface Fault {
  readonly field?: string
  readonly sentence?: string
}

/** One form of a page, as a value. Only this very site's pages may send it. */
export interface Form<Fields extends z.ZodType = z.ZodType> {
  readonly name: string
  /** Where it is sent. */
  readonly path: string
  readonly limit: Limit
  readonly fields: Fields
  /** An administrator may send it however long ago they signed in; else they are asked for their password first. */
  readonly anyAge?: true
  /** The fields whose text comes back when the form was sent in vain. */
  readonly echoes?: readonly string[]
  readonly faults?: { readonly [code in ServerFailureCode]?: Fault }
  act(input: PageInput & { readonly fields: z.output<Fields> }): Promise<Done> | Done
}

/** One page, as a value: who may see it, what it shows, and which forms it has. */
export interface Page {
  readonly path: string
  /** What it is for, in one line of the reference. */
  readonly summary: string
  /** `anybody` may be signed in or not; `user` is sent to sign in first; `admin` must have the role of that name. */
  readonly access: 'anybody' | 'user' | 'admin'
  /** Whether its scripts may talk to this server; else they can send nothing anywhere. */
  readonly connects?: true
  readonly forms?: readonly Form[]
  show(input: PageInput): Promise<View | RedirectTo> | View | RedirectTo
}

/** Declares a form; its types follow from its fields. */
export function form<Fields extends z.ZodType>(definition: Form<Fields>): Form<Fields> {
  return definition
}
