// The values of examples, the same everywhere, so that a reader recognizes them. None of them is valid.

export const exampleToken =
  'eyJhbGciOiJFUzI1NiIsImtpZCI6IlFfdU4wIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJ1XzN2SCJ9.MEQCIGVYYW1wbGU'
/** Secrets in their usual formats. */
export const exampleRefreshToken =
  'csrt_Zm9yIHJlYWRlcnMgb25seSBhbmQgZm9yIG5vYm9keSBlbHNlIHRvIHNpZ24gaW4gd2l0aC4u'
export const examplePassword = 'correct horse battery staple'
export const exampleInvitation = 'csin_Zm9yIHJlYWRlcnMgb25seSwgbm90IHRvIGJlIHVzZWQ'
export const exampleResetLink =
  'https://auth.example.com/reset-password?id=Zm9yIHJlYWRlcnM&key=b25seSwgbm90IHRvIGJlIHVzZWQ'
export const exampleClientSecret = 'css_Zm9yIHJlYWRlcnMgb25seSwgYW5kIG5vdCB0byBiZSB1c2VkLg'
export const exampleApiToken =
  'csk_Zm9yIHJlYWRlcnMgb25seSwgYW5kIG5vdCB0byBiZSB1c2VkLgVGhlIHNpZ25hdHVyZSBvZiBhbiBBUEkgdG9rZW4gaGFzIHNpeHR5LWZvdXIgYnl0ZXMsIG5vdCB0aGlzIHRleHQ0e5nXq'
export const exampleCode = '048 206 193'
export const exampleSignIn = 'Zm9yIHJlYWRlcnMgb25seSwgbm90IHRvIGJlIHVzZWQ'
export const exampleTotpCode = '048206'
export const exampleTotpSecret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
export const exampleTotpUri =
  'otpauth://totp/auth.example.com:ada?issuer=auth.example.com&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
export const exampleRecoveryCodes = ['7b3k-q9zd-0xwm-5tfr', 'c2vn-8hje-6ypa-4sgk'] as const

/** Ids, and a time. */
export const exampleUserId = 'u_3vHkQ2m9TtS0pWcX1yZaLg'
export const exampleSessionId = 's_8JdR5nUoEwB7fKqYvC2hMA'
export const exampleTime = 1_798_761_600 // the first second of 2027, UTC

/** A user, as the API shows it to that user. */
export const exampleUser = {
  id: exampleUserId,
  username: 'ada',
  email: 'ada@example.com',
  email_verified: true,
  roles: ['editor'],
  language: null,
  created_at: exampleTime,
} as const

/** A service account. */
export const exampleClient = {
  id: 'c_Vb2LkNpRs8XzA1g5cTq0WvY',
  name: 'deployer',
  grants: ['client_credentials'],
  scopes: ['admin:users'],
  resources: ['https://auth.example.com'],
  created_at: exampleTime,
} as const

/** A session, as the API lists it. */
export const exampleSession = {
  id: exampleSessionId,
  device: 'Firefox on Linux',
  address: '192.0.2.7',
  created_at: exampleTime,
  last_used_at: exampleTime + 3600,
  expires_at: exampleTime + 1_213_200,
  amr: ['pwd'],
} as const

/** The answer of a sign-in. */
export const exampleTokens = {
  token: exampleToken,
  token_type: 'Bearer',
  expires_in: 900,
  refresh_token: exampleRefreshToken,
  server_time: exampleTime,
} as const
