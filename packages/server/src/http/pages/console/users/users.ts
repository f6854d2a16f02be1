import * as z from 'zod'
import { addUser } from '../../../../domain/registration/register-user.ts'
import { foldName, type User } from '../../../../domain/users/user.ts'
import { pageByTime } from '../../../pipeline/pagination.ts'
import { email, password, username } from '../../../api/schemas.ts'
import { newUserFieldErrors } from '../../form-error.ts'
import { field, formErrorMessage, newPasswordField } from '../../fields.ts'
import { html, type Html, type HtmlContent } from '../../html.ts'
import { actorOf, form, type Page, type PageInput } from '../../page.ts'
import { absoluteTime } from '../../format-time.ts'
import { consoleView, emptyState, pager, table, withQuery } from '../console-layout.ts'

/** The path of the section of users. */
export const usersPath = '/console/users'

const pageSize = 50

const addForm = form({
  name: 'add-user',
  path: `${usersPath}/add`,
  limit: 'changes-per-user',
  fields: z.object({
    username,
    new_password: password,
    email: email.or(z.literal('')),
    roles: z.string().max(1024),
  }),
  echoedFields: ['username', 'email', 'roles'],
  fieldErrors: {
    ...newUserFieldErrors,
    role_unacceptable: { field: 'roles' },
  },
  async submit({ fields, runtime, member, link }) {
    const extras = {
      email: fields.email || undefined,
      roles: splitWords(fields.roles),
      by: actorOf(member()),
    }
    const { id } = await addUser(runtime, fields.username, fields.new_password, extras)
    return { to: link(`${usersPath}/${id}`), flash: 'user_added' }
  },
})

/** The users: list, find and create them. */
export const consoleUsers: Page = {
  path: usersPath,
  summary: 'List, find and create users',
  access: 'admin',
  forms: [addForm],

  async render(input) {
    const { query, runtime } = input
    const text = (query.get('search') ?? '').slice(0, 254)
    const cursor = query.get('cursor') ?? undefined
    const pageQuery = { limit: pageSize, cursor }
    const { items: users, next } = await pageByTime(pageQuery, 'createdAt', (part) =>
      runtime.store.replica.users.list({ ...part, search: foldName(text) }),
    )
    const main = html`<div class="title">
        <h1>Users</h1>
        ${search(input, text)}
      </div>
      ${users.length === 0 ? noUsers(text) : list(users, input)}
      ${pager(
        input.t,
        cursor && input.link(withQuery(usersPath, { search: text })),
        next === null
          ? undefined
          : input.link(withQuery(usersPath, { search: text, cursor: next })),
        'Older users',
      )}
      ${addition(input)}`
    return consoleView(input, usersPath, { title: 'Users', main })
  },
}

/** Splits text at spaces and commas. */
export function splitWords(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}

function search({ link }: PageInput, text: string): Html {
  return html`<form class="search row" role="search" action="${link(usersPath)}">
    <label for="search" class="unseen">Part of a user name or e-mail address</label>
    <input id="search" name="search" type="search" value="${text}" placeholder="Name or e-mail …" />
    <button class="small">Find</button>
  </form>`
}

function list(users: readonly User[], { link }: PageInput): Html {
  const rows = users.map((user) => [
    html`<a href="${link(`${usersPath}/${user.id}`)}">${user.name}</a>`,
    user.email ?? '–',
    user.roles.map((role) => html`<span class="badge">${role}</span> `),
    absoluteTime(user.createdAt),
    user.disabledAt === null ? 'Active' : html`<span class="badge alarm">Disabled</span>`,
  ])
  return table('Users', ['Name', 'E-mail', 'Roles', 'Created', 'State'], rows)
}

function noUsers(text: string): Html {
  return text === ''
    ? emptyState('There are no users on this page.', 'Create one below.')
    : emptyState(
        'No matching users.',
        'The search is case-insensitive. Enter fewer letters, or create the user below.',
      )
}

function addition({ formError, link, runtime }: PageInput): Html {
  const of = { form: addForm.name, formError }
  const text = (name: string, label: string, hint?: HtmlContent, required = true) =>
    field(of, { name, label, type: 'text', autocomplete: 'off', hint, required })
  return html`<section class="card" aria-labelledby="add">
    <h2 id="add">New user</h2>
    <details ${formError?.form === addForm.name && html` open`}>
      <summary>Name, password, e-mail, roles</summary>
      <form method="post" action="${link(addForm.path)}" class="fields">
        ${formErrorMessage(of)} ${text('username', 'User name')}
        ${newPasswordField(of, 'Password', runtime.policies.passwords.minLength)}
        ${text('email', 'E-mail address', undefined, false)}
        ${text('roles', 'Roles', html`Separated by spaces; <code>admin</code> gives access to this console.`, false)}
        <button class="primary">Create user</button>
      </form>
    </details>
  </section>`
}
