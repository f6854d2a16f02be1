import { problemOf, type JsonObject, type Seconds } from '@countersign/token/internal'
import { now, parseHttpDate } from '../../maintenance.ts'
import { certificateAdviceFor } from '../certificate-advice.ts'
import { assessSkew, type Finding } from './assessments.ts'

const timeout = 5_000 // milliseconds

/** Fetches the issuer's metadata as a guard does, and compares issuer and clock. No findings without an issuer. */
export async function checkIssuer(url: string | undefined): Promise<readonly Finding[]> {
  if (url === undefined) return []
  const { origin, pathname } = new URL(url)
  const path = pathname === '/' ? '' : pathname
  const before = now()
  try {
    const answer = await fetchMetadata(origin, path)
    return [assessAnswer(url, answer, await answer.text(), before)]
  } catch (error) {
    return [assessProblem(url, problemOf(error))]
  }
}

/**
 * Fetches the metadata of an issuer from where RFC 8414, section 3.1, puts them, before the path; if they are not there, from below the path, where
 * a proxy has them that forwards only the path.
 */
async function fetchMetadata(origin: string, path: string): Promise<Response> {
  const name = '/.well-known/oauth-authorization-server'
  const get = async (url: string) =>
    fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeout) })
  const answer = await get(origin + name + path)
  return answer.ok || path === '' ? answer : get(origin + path + name)
}

function assessAnswer(url: string, answer: Response, text: string, before: Seconds): Finding {
  const metadata = metadataIn(text)
  if (!answer.ok || !metadata) {
    const what = answer.ok ? 'answers, but not' : `answers with status ${answer.status}, not`
    const advice = 'check issuer.url and the proxy in front of this server; guards fetch keys there'
    return { verdict: 'warn', found: `${url} ${what} with its metadata`, advice }
  }
  if (metadata['issuer'] !== url)
    return {
      verdict: 'fail',
      found: `${new URL(url).origin} answers with the metadata of another issuer`,
      advice: 'set issuer.url to the public address of this server',
    }
  const theirs = parseHttpDate(answer.headers.get('date')) ?? before
  const skew = assessSkew(theirs, before, now() - before + 1)
  return { ...skew, found: `${url} answers; its clock: ${skew.found}` }
}

function metadataIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

function assessProblem(url: string, problem: string): Finding {
  const advice = certificateAdviceFor(problem)
  if (advice !== undefined)
    return {
      verdict: 'warn',
      found: `${url} answers, but its certificate is not trusted by this machine: ${problem}`,
      advice: `${advice}, here and for every guard`,
    }
  return {
    verdict: 'warn',
    found: `${url} does not answer to this machine: ${problem}`,
    advice: 'start a server, or check the proxy in front of it; guards fetch keys from there',
  }
}
