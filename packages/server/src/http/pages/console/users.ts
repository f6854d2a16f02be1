import { z } from 'zod'
import { registerUser } from '../../../domain/registration/register-user.ts'
import { foldName, type User } from '../../../domain/users/user.ts'
import { pageByTime } from '../../pipeline/cursor.ts'
import { email, password, username } from '../../api/schemas.ts'
import { newUserFaults } from '../faults.ts'
import { field, formFault, newPassword } from '../fields.ts'
import { html, type Html } from '../html.ts'
import { actorOf, form, type Page, type PageInput } from '../page.ts'
import { moment } from '../times.ts'
import { consoleView, nothing, pager, table, withQuery } from './frame.ts'

/** The section of users. */
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
  echoes: ['username', 'email', 'roles'],
  faults: {
    ...newUserFaults,
    role_unacceptable: { field: 'roles' },
  },
  async act({ fields, runtime, member, link }) {
    const extras = {
      email: fields.email || undefined,
      roles: wordsOf(fields.roles),
      by: actorOf(member()),
    }
    const { id } = await registerUser(runtime, fields.username, fields.new_password, extras)
    return { to: link(`${usersPath}/${id}`), notice: 'user_added' }
  },
})

/** Users: find one, or make one. */
export const consoleUsers: Page = {
  path: usersPath,
  summary: 'List, find and make users',
  access: 'admin',
  forms: [addForm],

  async show(input) {
    const { query, runtime } = input
    const prefix = (query.get('name') ?? '').slice(0, 128)
    const cursor = query.get('cursor') ?? undefined
    const asked = { limit: pageSize, cursor }
    const { items: users, next } = await pageByTime(asked, 'createdAt', (part) =>
      runtime.store.users.list({ ...part, prefix: foldName(prefix) }),
    )
    const main = html`<div class="title">
        <h1>Users</h1>
        ${search(input, prefix)}
      </div>
      ${users.length === 0 ? nobody(prefix) : list(users, input)}
      ${pager(
        cursor && input.link(withQuery(usersPath, { name: prefix })),
        next === null
          ? undefined
          : input.link(withQuery(usersPath, { name: prefix, cursor: next })),
        'Older users',
      )}
      ${addition(input)}`
    return consoleView(input, usersPath, { title: 'Users', main })
  },
}

/** Words with blanks or commas between. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}

function search({ link }: PageInput, prefix: string): Html {
  return html`<form class="search row" role="search" action="${link(usersPath)}">
    <label for="name" class="unseen">User name begins with</label>
    <input id="name" name="name" type="search" value="${prefix}" placeholder="Name begins with …" />
    <button class="small">Find</button>
  </form>`
}

function list(users: readonly User[], { link }: PageInput): Html {
  const rows = users.map((user) => [
    html`<a href="${link(`${usersPath}/${user.id}`)}">${user.name}</a>`,
    user.email ?? '–',
    user.roles.map((role) => html`<span class="badge">${role}</span> `),
    moment(user.createdAt),
    user.disabledAt === null ? 'May sign in' : html`<span class="badge alarm">Disabled</span>`,
  ])
  return table('Users', ['Name', 'E-mail', 'Roles', 'Made', 'State'], rows)
}

function nobody(prefix: string): Html {
  return prefix === ''
    ? nothing('There are no users on this page.', 'Make the first one below.')
    : nothing(
        'No user name begins like this.',
        'Names are compared without regard to case. Look for fewer letters, or make the user below.',
      )
}

function addition({ trouble, link, runtime }: PageInput): Html {
  const of = { form: addForm.name, trouble }
  const text = (name: string, label: string, hint?: string, required = true) =>
    field(of, { name, label, type: 'text', autocomplete: 'off', hint, required })
  return html`<section class="card" aria-labelledby="add">
    <h2 id="add">Make a user</h2>
    <details ${trouble?.form === addForm.name && html` open`}>
      <summary>Name, password, e-mail, roles</summary>
      <form method="post" action="${link(addForm.path)}" class="fields">
        ${formFault(of)} ${text('username', 'User name')} ${newPassword(of, 'Password', runtime)}
        ${text('email', 'E-mail address', undefined, false)}
        ${text('roles', 'Roles', 'Words with blanks between; `admin` opens this console.', false)}
        <button class="primary">Make the user</button>
      </form>
    </details>
  </section>`
}
