// A page with a sign-in form of the application's own: its script posts to the API of Countersign, which sets cookies that no script can read.

/** Returns the page of an application in which Countersign has a URL. */
export function pageOf(url: string): string {
  const path = new URL(url).pathname.replace(/\/$/, '')
  return `<!doctype html>
<html lang="en" data-auth="${path}">
  <head>
    <meta charset="utf-8" />
    <title>Notes</title>
    <script type="module" src="/page.js"></script>
  </head>
  <body>
    <form hidden>
      <label>User name <input name="username" autocomplete="username" /></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" /></label>
      <button>Sign in</button>
      <a href="${path}/sign-up">Create an account</a>
      <p role="alert"></p>
    </form>
    <section hidden>
      <h1></h1>
      <button>Sign out</button>
      <a href="${path}/account">Account</a>
    </section>
  </body>
</html>`
}

/** The script of the page. */
export const script = `
const auth = document.documentElement.dataset.auth
const [form, section] = ['form', 'section'].map((name) => document.querySelector(name))
const post = (path, body) =>
  fetch(auth + path, {
    method: 'POST',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })

async function show() {
  let answer = await fetch('/notes')
  if (answer.status === 401 && (await post('/refresh')).ok) answer = await fetch('/notes')
  form.hidden = answer.ok
  section.hidden = !answer.ok
  if (answer.ok) section.querySelector('h1').textContent = 'Notes of ' + (await answer.json()).owner
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const { username, password } = Object.fromEntries(new FormData(form))
  const answer = await post('/login', { username, password, cookies: true })
  if (answer.ok) return show()
  const { code, message } = await answer.json()
  if (code.startsWith('factor_')) location.href = auth + '/sign-in?return_to=/' // Countersign's pages ask for the second factor
  form.querySelector('[role=alert]').textContent = message
})
section.querySelector('button').addEventListener('click', async () => {
  await post('/logout')
  await show()
})
await show()
`
