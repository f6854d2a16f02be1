import { z } from 'zod'
import { Secret } from '../domain/secret.ts'

/** A password on its way in. What is acceptable is judged when it is set; here only what nobody could have set is refused. */
export const password = z
  .string()
  .min(1)
  .max(1024)
  .transform((text) => new Secret(text))

/** A user name on its way in. */
export const username = z.string().min(1).max(128)
