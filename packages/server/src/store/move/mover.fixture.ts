// Moves the database that it was given to TARGET, and stays for ever where STOP_AT says: at the end of a step, or in the copy of a table.
import { stdout } from 'node:process'
import { databaseIn, givenDatabase } from '../contracts/process.fixture.ts'
import { move } from './move.fixture.ts'

const never = new Promise(() => setInterval(() => {}, 1_000))

await move(givenDatabase(), databaseIn(process.env['TARGET']), async (progress) => {
  const at = 'step' in progress ? progress.step : progress.table
  if (at !== process.env['STOP_AT']) return
  stdout.write(`${at}\n`)
  await never
})
