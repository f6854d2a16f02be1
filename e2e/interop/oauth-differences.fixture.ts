/** A difference between our answers and those of oidc-provider, with what is right. */
export interface Difference {
  /** The names of its requests. */
  readonly requests: RegExp
  readonly ours: string
  readonly theirs: string
  /** The clause that says so; undefined where none does, and it is a choice. */
  readonly clause?: string
  readonly reason: string
}

/** The table of differences. Each row must be needed, and each difference has one. */
export const differences: readonly Difference[] = [
  {
    requests: /^response_type=(id_token|code id_token|none)$/,
    ours: 'redirect unsupported_response_type',
    theirs: 'redirect invalid_request',
    clause: 'RFC 6749, section 4.1.2.1',
    reason: 'oidc-provider knows the type, and misses a nonce',
  },
  {
    requests: /^response_type=(code id_token|none|code code)$/,
    ours: 'redirect unsupported_response_type',
    theirs: 'code',
    clause: 'OAuth 2.1, section 4.1.1',
    reason: 'the value is `code`, and not a list with it twice',
  },
  {
    requests: /^(scope=(openid unknown|openid admin:users))$/,
    ours: 'redirect invalid_scope',
    theirs: 'code',
    clause: 'RFC 6749, section 4.1.2.1',
    reason:
      'a server may ignore a scope or refuse it; ours refuses, so that the developer learns of it',
  },
  {
    requests: /^scope=/,
    ours: 'redirect invalid_scope',
    theirs: 'redirect access_denied',
    clause: 'RFC 6749, section 4.1.2.1',
    reason: 'oidc-provider has ignored the scope, and then has none to give',
  },
  {
    requests: /^scope=openid {2}notes:read$/,
    ours: 'code',
    theirs: 'redirect invalid_scope',
    reason: 'a second space changes nothing',
  },
  {
    requests: /scope (missing|empty)$/,
    ours: 'code',
    theirs: 'redirect access_denied',
    clause: 'RFC 6749, section 3.3',
    reason: 'without scope the default is all that the application may have',
  },
  {
    requests: /^state=€$/,
    ours: 'redirect invalid_request',
    theirs: 'code',
    clause: 'RFC 6749, appendix A.5',
    reason: 'state is printable ASCII',
  },
  {
    requests: /^code_challenge=/,
    ours: 'redirect invalid_request',
    theirs: 'code',
    clause: 'RFC 7636, section 4.2',
    reason: 'a challenge of S256 has 43 characters: no verifier has another one',
  },
  {
    requests: /^response_mode=(web_message|jwt|x)/,
    ours: 'redirect invalid_request',
    theirs: 'redirect unsupported_response_mode',
    clause: 'RFC 6749, section 4.1.2.1',
    reason: 'the error code of oidc-provider is registered by an extension that we do not have',
  },
  {
    requests: /^response_mode=fragment$/,
    ours: 'redirect invalid_request',
    theirs: 'code',
    clause: 'RFC 8414, section 2',
    reason: 'our metadata list `query` alone',
  },
  {
    requests: /^response_mode=form_post$/,
    ours: 'redirect invalid_request',
    theirs: 'asks the user',
    clause: 'RFC 8414, section 2',
    reason: 'our metadata list `query` alone; theirs is a page that posts the code',
  },
  {
    requests: /^prompt=(x|NONE)$/,
    ours: 'code',
    theirs: 'redirect invalid_request',
    reason: 'an unknown prompt is ignored, as an unknown parameter is',
  },
  {
    requests: /^max_age=(99999999999|1e3)$/,
    ours: 'redirect invalid_request',
    theirs: 'code',
    reason: 'our numbers have up to nine digits',
  },
  {
    requests: /^redirect_uri repeated$/,
    ours: 'error page',
    theirs: 'redirect invalid_request',
    clause: 'RFC 9700, section 4.11',
    reason: 'with two redirect URIs none is known to be right',
  },
  {
    requests: /^resource repeated$/,
    ours: 'redirect invalid_request',
    theirs: 'code',
    clause: 'RFC 8707, section 2',
    reason: 'a server may restrict how many there are: our access tokens are for one',
  },
  {
    requests: /^code of web: grant_type=client_credentials$/,
    ours: 'invalid_client',
    theirs: 'unsupported_grant_type',
    clause: 'RFC 6749, section 4.4.2',
    reason: 'we have the grant, and it needs client authentication',
  },
  {
    requests: /^code of site: grant_type=client_credentials$/,
    ours: 'unauthorized_client',
    theirs: 'unsupported_grant_type',
    clause: 'RFC 6749, section 5.2',
    reason: 'we have the grant, and the client does not',
  },
  {
    requests: /of web: client_id (missing|empty)$/,
    ours: 'invalid_client',
    theirs: 'invalid_request',
    clause: 'RFC 6749, section 5.2',
    reason: 'no client authentication is included',
  },
  {
    requests: /: code_verifier=(short|x+)$/,
    ours: 'invalid_grant',
    theirs: 'invalid_request',
    clause: 'RFC 7636, section 4.6',
    reason: 'a verifier that does not match, of any shape',
  },
  {
    requests: /: GET$/,
    ours: '405',
    theirs: '404',
    clause: 'RFC 9110, section 15.5.6',
    reason: 'the endpoint exists, without this method',
  },
  {
    requests: /: (two methods|Basic broken|Bearer)$/,
    ours: 'invalid_client',
    theirs: 'invalid_request',
    clause: 'RFC 6749, section 5.2',
    reason: 'the client has tried the Authorization header, and gets 401 with its scheme',
  },
  {
    requests: /^(code|refresh) of web: two methods$/,
    ours: 'token',
    theirs: 'invalid_request',
    clause: 'RFC 6749, section 2.3.1',
    reason:
      'web is public and its secret empty, so both methods are left out: a client may leave out an empty secret',
  },
  {
    requests: /^refresh of \w+: used$/,
    ours: 'token',
    theirs: 'invalid_grant',
    clause: 'RFC 9700, section 4.14.2',
    reason: 'within the grace a retry gets the same successor; after it the grant ends',
  },
]
