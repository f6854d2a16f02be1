// The metadata that clients look for at the root of the host (RFC 8414, section 3.1).
import { handlers } from '../../../../auth.ts'

export const { GET, HEAD, OPTIONS } = handlers
