import { testExamples } from '@countersign/testing/examples'

// A type that users write themselves has an example: sources of settings, ports. For a type that they only receive, the example of the
// function that returns it is enough. A new type must have an example or be listed here.
testExamples(new URL('..', import.meta.url), {
  receivedTypes: [
    'Auth',
    'Config',
    'Mode',
    'NextAuth',
    'Server',
    'ServerFailureCode',
    'Session',
    'TestServer',
    'User',
  ],
})
