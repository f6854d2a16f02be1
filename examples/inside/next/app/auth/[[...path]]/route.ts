// Everything of Countersign: its API, its pages and their assets.
import { handlers } from '../../../auth.ts'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = handlers
