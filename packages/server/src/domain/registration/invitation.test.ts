import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeInvitation, type InvitationVerdict } from './invitation.ts'
import type { Client } from '../clients/client.ts'
import { newUser } from '../users/user.ts'

test('an invitation grants what its inviter may grant at the time of use', () => {
  const one = { id: 'i', roles: ['admin'], createdAt: 1, expiresAt: 100, usedAt: null }
  const [byHand, theirs] = [
    { ...one, createdBy: null },
    { ...one, createdBy: 'u' },
  ]
  const administrator = { ...newUser('u', 'grace', 1), roles: ['editor', 'admin'] }
  const client: Client = {
    id: 'c',
    name: 'deployer',
    grants: ['client_credentials'],
    scopes: ['admin:invitations'],
    resources: [],
    jwks: null,
    trust: null,
    application: null,
    createdAt: 1,
  }
  const rows: readonly (readonly [InvitationVerdict, ...Parameters<typeof judgeInvitation>])[] = [
    ['open', byHand, undefined, 99],
    ['expired', byHand, undefined, 100],
    ['used', { ...byHand, usedAt: 2 }, undefined, 100],
    ['open', theirs, administrator, 99],
    ['expired', theirs, administrator, 100],
    ['inviter_gone', theirs, undefined, 99],
    ['inviter_disabled', theirs, { ...administrator, disabledAt: 5 }, 99],
    ['inviter_powerless', theirs, { ...administrator, roles: ['editor'] }, 99],
    ['inviter_powerless', { ...theirs, roles: [] }, { ...administrator, roles: [] }, 99],
    ['open', theirs, client, 99],
    ['inviter_powerless', theirs, { ...client, scopes: ['admin:users'] }, 99],
    ['used', { ...theirs, usedAt: 2 }, undefined, 99],
  ]
  for (const [verdict, ...judged] of rows) assert.equal(judgeInvitation(...judged), verdict)
})
