// A token with an unknown key, at the moment when the issuer answers again after it did not.
import { askPython, pythonLacks } from '@countersign/testing/python'
import assert from 'node:assert/strict'
import { test } from 'node:test'

/** Another thread clears the failure of the last request between two reads of it. */
const program = `
import json, sys
from countersign.keys import Keys
from countersign.refusals import Rejected
class Recovering(Keys):
    reads = 0
    @property
    def _failure(self):
        self.reads += 1
        return Rejected("issuer_unreachable", "no answer") if self.reads == 1 else None
    @_failure.setter
    def _failure(self, failure):
        pass
json.load(sys.stdin)
keys = Recovering("http://127.0.0.1:9")
try:
    keys.find("unknown", "ES256")
except Exception as error:
    print(json.dumps([type(error).__name__, getattr(error, "code", None)]))
`

test(
  'a token with an unknown key is refused, also at the moment when the issuer answers again',
  { skip: pythonLacks('python3-jwt', 'python3-cryptography') },
  async () => {
    assert.deepEqual(await askPython(program, {}), ['KeyMissing', 'issuer_unreachable'])
  },
)
