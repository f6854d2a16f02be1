import { testExamples } from '@countersign/testing/examples'

// Every exported type has an example too. `internal` is for the sibling packages, not for users.
testExamples(new URL('..', import.meta.url), { internal: ['./internal'] })
