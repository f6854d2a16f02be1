import type { Seconds } from '@countersign/token/internal'
import type * as z from 'zod'
import type { RequestIds } from '../pipeline/middleware.ts'
import type { Services } from '../pipeline/services.ts'
import type { ClientInfo, Language } from '../../domain/kernel/client-info.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import type { Owner } from '../../domain/passwords/confirm-password.ts'
import type { Session, SessionGrant } from '../../domain/sessions/session.ts'
import type { ActingAdministrator } from '../../domain/administration/actor.ts'
import type { User } from '../../domain/users/user.ts'
import type { CallerFailureCode } from '../../failures/caller-failures.ts'
import type { Limit } from '../pipeline/rate-limit.ts'
import type { AssetName } from './assets.ts'
import type { Html } from './html.ts'
import type { FlashMessage } from './flash-messages.ts'
import type { Phrase, Translate } from './translation/translate.ts'

/** A signed-in visitor of a page: the user of the cookies, and their session, which is alive. */
export interface Visitor {
  readonly user: User
  readonly session: Session
}

/** Returns the actor of an operation for an administrator who submits a form. */
export function actorOf({ user, session }: Visitor): ActingAdministrator {
  return { user: user.id, session: session.id }
}

/** The signed-in user who changes their own account, with the password that proves it. */
export function ownerOf({ user, session }: Visitor, password: Secret, client: ClientInfo): Owner {
  return { userId: user.id, sessionId: session.id, password, client }
}

/** The input of a page and of its forms. */
export interface PageInput {
  readonly runtime: Services
  /** True if this is a development server: its pages show the sample user. */
  readonly development: boolean
  /** The parameters of the path, one for each `:name`. */
  readonly params: Readonly<Record<string, string>>
  /** The query of the URL. */
  readonly query: URLSearchParams
  readonly client: ClientInfo
  /** The ids of the request, for the log of a refusal that the page itself makes. */
  readonly ids: Readonly<RequestIds>
  /** The language of the pages that exist in several: the one that the visitor has chosen, else the one that the browser prefers, or English. */
  readonly language: Language
  /** Translates the texts of a page into that language. */
  readonly t: Translate
  /** The secret of a browser that asked for a code by mail. */
  readonly askingBrowser: () => Secret | undefined
  /** Returns that secret, which is made and set as a cookie if there is none. */
  readonly bindBrowser: () => Secret | undefined
  /** The secret of a sign-in in this browser that waits for its second step. */
  readonly pendingSignIn: () => Secret | undefined
  readonly visitor: Visitor | undefined
  /** Returns the signed-in visitor. Throws on public pages when there is none. */
  readonly member: () => Visitor
  /** The time at which this server started. */
  readonly startedAt: Seconds
  /** The effective settings: their names, their values without secrets, and their sources. */
  readonly settings: readonly Readonly<Record<'key' | 'value' | 'from', string>>[]
  /** Returns the path for links: with the prefix of the issuer's URL, if it has one. */
  readonly link: (path: string) => string
  /** The error of the form that was submitted; undefined when the page is only viewed. */
  readonly formError: FormError | undefined
}

/** The content of a page. */
export interface View {
  /** The title of the browser's tab; the page writes its own `h1`. */
  readonly title: string
  readonly main: Html
  readonly script?: AssetName
  /** A style sheet in addition to the one of all pages. */
  readonly sheet?: AssetName
  /** True if the page is wider than a column of text, for tables. */
  readonly wide?: true
  /** The URL that the browser is sent to immediately, of another site or of this one. */
  readonly forward?: string
  /** The seconds after which the browser reloads the page, while something is running. */
  readonly reloadSeconds?: number
  readonly status?: number
  /** The origins and schemes that its forms redirect to, besides this server; browsers check redirects of forms, too. */
  readonly formTargets?: readonly string[]
  readonly language: Language
}

/** A redirect to another page. */
export interface Redirect {
  readonly to: string
  readonly flash?: FlashMessage
  /** True if the visitor is signed out from now on. */
  readonly signedOut?: true
  /** The session that the visitor is signed in with from now on. */
  readonly signedIn?: SessionGrant
  /** The secret of a sign-in that waits for its second step in this browser. */
  readonly pendingSignIn?: Secret
}

/** The result of a submitted form. The browser is redirected to `to` (303), so that a reload repeats nothing. */
export interface FormResult extends Redirect {
  /** A page to show at once, instead of the redirect: for a secret that is shown once. */
  readonly view?: View
}

/** The error of a submitted form, which the page shows beside it. */
export interface FormError {
  /** The name of the form. */
  readonly form: string
  /** The name of the invalid field; undefined if the error concerns the whole form. */
  readonly field: string | undefined
  readonly code: CallerFailureCode
  /** A sentence with its full stop, in the language of the visitor. */
  readonly message: string
  /** The text that was typed into the fields, without secrets. */
  readonly typed: Readonly<Record<string, string>>
}

/** The display of a failure: the field that it is shown beside, and a message instead of its own. */
export interface FieldError {
  readonly field?: string
  readonly message?: Phrase
}

/** One form of a page, as a value. Only pages of this site may submit it, unless it says otherwise. */
export interface Form<Fields extends z.ZodType = z.ZodType> {
  readonly name: string
  /** The path that it is submitted to. */
  readonly path: string
  readonly limit: Limit
  readonly fields: Fields
  /** True if administrators may submit it without a recent sign-in; else they must enter their password first. */
  readonly allowOldSignIn?: true
  /** True if pages of other sites may submit it, too: it knows no visitor, and must change nothing. */
  readonly fromAnySite?: true
  /** The fields whose text is shown again together with an error. */
  readonly echoedFields?: readonly string[]
  readonly fieldErrors?: { readonly [code in CallerFailureCode]?: FieldError }
  /** Returns where to go, or a view of what is shown only once. */
  submit(
    input: PageInput & { readonly fields: z.output<Fields> },
  ): Promise<FormResult | View> | FormResult | View
}

/** One page as a value: its access, its content and its forms. */
export interface Page {
  readonly path: string
  /** Its purpose, in one line of the reference. */
  readonly summary: string
  /** `public`: with or without a signed-in visitor. `user`: redirects to the sign-in page. `admin`: requires the role `admin`. */
  readonly access: 'public' | 'user' | 'admin'
  /** True if its scripts may send requests to this server; by default they can send nothing anywhere. */
  readonly connects?: true
  readonly forms?: readonly Form[]
  render(input: PageInput): Promise<View | Redirect> | View | Redirect
}

/** Declares a form; its types follow from its fields. */
export function form<Fields extends z.ZodType>(definition: Form<Fields>): Form<Fields> {
  return definition
}
