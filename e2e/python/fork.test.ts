// A guard that has served requests before its server forked, and the first requests of the new process, at the same moment.
import { askPython, pythonLacks } from '@countersign/testing/python'
import assert from 'node:assert/strict'
import { test } from 'node:test'

/** Two threads meet where a guard finds nothing of its process, and where it forgets what it has of others. */
const program = `
import json, logging, sys, threading
from countersign import Guard, Refused
meeting = threading.Barrier(2, timeout=60)
class Processes(dict):
    def get(self, *key):
        found = super().get(*key)
        meeting.wait()
        return found
    def __iter__(self):
        found = list(super().__iter__())
        meeting.wait()
        return iter(found)
logging.disable()
json.load(sys.stdin)
guard = Guard("http://127.0.0.1:9", "notes", revocation="none")
guard._processes = Processes({-1: None})
seen = []
def ask():
    try:
        guard.check("Bearer x.y.z")
    except Exception as error:
        seen.append(type(error).__name__)
threads = [threading.Thread(target=ask) for _ in range(2)]
for one in threads: one.start()
for one in threads: one.join()
print(json.dumps({"seen": seen, "left": len(guard._processes)}))
`

test(
  '[20.34] the first requests of a process that was forked are answered, also two at once',
  { skip: pythonLacks('python3-jwt', 'python3-cryptography') },
  async () => {
    assert.deepEqual(await askPython(program, {}), { seen: ['Refused', 'Refused'], left: 1 })
  },
)
