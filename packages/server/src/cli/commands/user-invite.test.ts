import { test } from 'node:test'
import { openShell, productionEnv } from '../transcript.fixture.ts'

const env = productionEnv()

test('[18.25] an invitation is printed once, alone on a line, and its link on standard error', async () => {
  using shell = openShell()
  await shell.plays(
    `
    $ countersign migrate apply | tail -1
    Ran … migrations
    $ countersign user invite
    error Registration is closed; ask an administrator for an account: set users.registration to invitation (registration_closed)
    [exit 1]
  `,
    env,
  )
  await shell.plays(
    `
    $ countersign user invite --roles editor,billing --expires 2d
    csin_…
    Link: https://auth.example.com/sign-up#invitation=csin_…
    $ countersign user invite | grep -cxE 'csin_[A-Za-z0-9_-]{43}'
    1
    $ countersign audit-log list
    time … event … details
    … user_invited  invitation=i_… roles=["editor","billing"] by="command line"
    … user_invited  invitation=i_… roles=[] by="command line"
    $ countersign audit-log export | grep -c csin_
    0
    [exit 1]
    $ countersign user invite --expires soon
    error Invalid argument: --expires must be a duration such as 7d, 90d at most (argument_invalid)
    [exit 2]
    $ countersign user invite --expires 900d
    error … 90d at most (argument_invalid)
    [exit 2]
    $ countersign user invite --json
    {
    "invitation": "csin_…",
    "link": "https://auth.example.com/sign-up#invitation=csin_…",
    "expires_at": …
    }
    $ countersign audit-log verify --json
    {
    "entries": …
    "checkpoints": 0,
    …
    }
    $ countersign user invite --roles Editor
    error Invalid role: … (role_unacceptable)
    [exit 1]
  `,
    { ...env, COUNTERSIGN_USERS_REGISTRATION: 'invitation' },
  )
})
