import { testExamples } from '@countersign/testing/examples'

// A type that users write themselves has an example: options, requirements, listeners, handlers. For a type that they only receive, the example
// of the function that returns it is enough. A new type must have an example or be listed here. `internal` is for the sibling packages, not for users.
testExamples(new URL('..', import.meta.url), {
  internal: ['./internal'],
  receivedTypes: [
    'Allowed',
    'Answer',
    'BadToken',
    'ConnectionEndReason',
    'ExpressMiddleware',
    'ExtractedToken',
    'Guard',
    'GuardEvent',
    'GuardExplanation',
    'GuardHealth',
    'GuardedConnection',
    'IssuerHealth',
    'Principal',
    'Problem',
    'PublishedMetadata',
    'Refusal',
    'RefusalCode',
    'ResourceMetadata',
    'RevocationNotice',
    'StatusListEvent',
    'StatusListHealth',
    'TestBoundClient',
    'TestIssuer',
    'TestRevocation',
  ],
})
