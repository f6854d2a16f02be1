import { test } from 'node:test'
import { openShell, productionEnv } from '../transcript.fixture.ts'

const env = { ...productionEnv(), COUNTERSIGN_USERS_REGISTRATION: 'invitation' }

test('[18.26] invitations are listed and revoked by id', async () => {
  using shell = openShell()
  await shell.plays(
    `
    $ countersign migrate apply | tail -1
    Ran … migrations
    $ countersign invitation list
    No invitations
    $ countersign user invite --roles editor | grep -c csin_
    1
    $ countersign invitation list
    id … state … roles … by … made … expires
    i_… open … editor … command line …
    $ countersign invitation list --json | grep -c csin_
    0
    [exit 1]
    $ countersign invitation list | tail -1 | awk '{ print $1 }' | xargs countersign invitation revoke
    Revoked the invitation
    $ countersign invitation list
    No invitations
    $ countersign invitation revoke i_gone
    error … (invitation_unknown)
    [exit 1]
    $ countersign audit-log list | grep -c invitation_revoked
    1
    $ countersign user invite --json | grep -c '/sign-up#invitation=csin_'
    1
  `,
    env,
  )
})
