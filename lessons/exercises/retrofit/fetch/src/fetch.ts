import type { Caller, Verify } from './guard.ts'

/**
 * Who is calling, or the answer that refuses: all that it needs to know is
 * the header, so it fits wherever requests and responses are those of Fetch.
 */
export async function admit(
  authorization: string | null | undefined,
  verify: Verify,
): Promise<Caller | Response> {
  const header = authorization ?? ''
  if (!/(^|, *)Bearer( |$)/i.test(header)) return challenge(401)
  const secret = /^Bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1]
  if (!secret) return challenge(400, 'invalid_request')
  return (await verify(secret)) ?? challenge(401, 'invalid_token')
}

/** Refuses; whoever sent no credential is told no error (RFC 6750 §3.1). */
function challenge(status: number, error?: string): Response {
  const reason = error ? `, error="${error}"` : ''
  const headers = {
    'WWW-Authenticate': `Bearer realm="mcp"${reason}`,
    'Cache-Control': 'no-store',
    // Else the rest of a refused body would still be read, to its end.
    Connection: 'close',
  }
  return Response.json({ error: error ?? 'unauthorized' }, { status, headers })
}
