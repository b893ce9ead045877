import { discoverAuthorizationServerMetadata } from '@modelcontextprotocol/sdk/client/auth.js'
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey } from 'jose'

/** What only the authorization server can say; 503 when it does not. */
export interface Issuer {
  /** Finds the key that a token names. */
  findKey: JWTVerifyGetKey
  /** Says what a token is worth (RFC 7662). */
  introspect(token: string): Promise<JWTPayload & { active?: unknown }>
}

/** How the authorization server knows who asks about a token. */
export interface Client {
  id: string
  secret: string
}

/** Asks the server at `url`, whose keys are believed for `maxAge` ms. */
export function openIssuer(
  url: string,
  maxAge: number,
  client: Client | undefined,
): Issuer {
  let found: ReturnType<typeof discover> | undefined
  const metadata = async () => {
    found ??= discover(url, maxAge)
    found.catch(() => {
      found = undefined
    })
    return found
  }
  return {
    findKey: (header, token) =>
      orUnavailable(async () => (await metadata()).keys(header, token)),
    introspect: (token) =>
      orUnavailable(async () => {
        const { introspection_endpoint: endpoint } = Object(await metadata())
        const { id = '', secret = '' } = client ?? {}
        const basic = [id, secret].map(encodeURIComponent).join(':')
        const response = await send(`${endpoint}`, {
          method: 'POST',
          headers: { Authorization: `Basic ${btoa(basic)}` },
          body: new URLSearchParams({ token }),
        })
        if (response.ok) return Object(await response.json())
        throw new Error(`Introspection was answered ${response.status}.`)
      }),
  }
}

/** Reads what the server says of itself, which must be that it is `url`. */
async function discover(url: string, maxAge: number) {
  const found = await discoverAuthorizationServerMetadata(url, {
    fetchFn: send,
  })
  if (found?.issuer !== url || !found.jwks_uri) {
    throw new Error(`Its metadata is that of ${found?.issuer}.`)
  }
  // An unknown key is looked for at most every 15 s, whoever names it.
  const options = { cacheMaxAge: maxAge, cooldownDuration: 15_000 }
  return {
    ...found,
    keys: createRemoteJWKSet(new URL(found.jwks_uri), options),
  }
}

/** Follows nobody elsewhere, and waits 5 s. */
const send = (url: string | URL, init?: RequestInit) =>
  fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(5_000) })

/** What is wrong with a token is its bearer's fault; anything else is not. */
async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  const faults = [
    'ERR_JWKS_NO_MATCHING_KEY',
    'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
    'ERR_JOSE_NOT_SUPPORTED',
  ]
  try {
    return await work()
  } catch (cause) {
    if (faults.includes((cause as { code?: string }).code ?? '')) throw cause
    const error = new Error('OAUTH_ISSUER cannot be asked.', { cause })
    throw Object.assign(error, { status: 503 })
  }
}
