import express from 'express'
import type { RequestListener } from 'node:http'
import type { Guard } from '../guard-interface.ts'
import { expressGuard } from './express.ts'

/** An application of Express with one guarded route, `/notes`. */
export function expressNotes(guard: Guard): RequestListener {
  return express().get('/notes', expressGuard(guard), (request, response) => {
    response.json({ subject: guard.principalOf(request).subject })
  })
}
