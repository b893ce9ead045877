import { createHash, randomBytes } from 'node:crypto'
import { openBrowser, type Person, signIn } from './browser.ts'
import { sendRequest, type WireResponse } from './wire.ts'

/** A public OAuth client at an authorization server. */
export interface ClientOptions {
  /** The issuer, exactly as its metadata says it. */
  issuer: string
  clientId: string
  redirectUri: string
  /** What the tokens are meant for (RFC 8707). */
  resource: string
  /** PEM that is trusted as well. */
  ca?: string | undefined
}

/** What the token endpoint gave. */
export interface Tokens {
  access: string
  refresh: string | undefined
  /** Scopes that it has, by their names. */
  scopes: string[]
}

/** Values of an authorization server's metadata that a client needs. */
interface Metadata {
  authorization_endpoint: string
  token_endpoint: string
  revocation_endpoint?: string
}

/** An OAuth client whose person is signed in without a browser window. */
export interface OAuthClient {
  /** Signs a person in and resolves with what they let the client have. */
  obtain(person: Person, scopes: string[]): Promise<Tokens>
  /** Gives a token back, which ends what was granted with it (RFC 7009). */
  revoke(token: string): Promise<void>
}

/** Asks the server what it is, and is its client from then on. */
export async function openClient(options: ClientOptions): Promise<OAuthClient> {
  const { issuer, clientId, redirectUri, resource, ca } = options
  const post = async (url: string, form: Record<string, string>) => {
    const body = new URLSearchParams({ client_id: clientId, ...form })
    return send(new URL(url), ca, body.toString())
  }
  const path = '/.well-known/openid-configuration'
  const found = await send(new URL(issuer.replace(/\/$/, '') + path), ca)
  const metadata: Metadata = JSON.parse(found.body)
  return {
    async obtain(person, scopes) {
      const verifier = randomBytes(32).toString('base64url')
      const state = randomBytes(16).toString('base64url')
      const url = new URL(metadata.authorization_endpoint)
      url.search = `${new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        redirect_uri: redirectUri,
        resource,
        scope: scopes.join(' '),
        state,
        code_challenge: createHash('sha256')
          .update(verifier)
          .digest('base64url'),
        code_challenge_method: 'S256',
      })}`
      const { searchParams } = await signIn(openBrowser(ca), url, person)
      const code = searchParams.get('code')
      if (!code || searchParams.get('state') !== state) {
        throw new Error(`It was refused: ${searchParams.get('error')}.`)
      }
      const answer = await post(metadata.token_endpoint, {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
        resource,
      })
      if (answer.status !== 200) {
        throw new Error(`The token endpoint answered ${answer.status}.`)
      }
      const { access_token, refresh_token, scope } = JSON.parse(answer.body)
      const held = `${scope ?? scopes.join(' ')}`.split(' ')
      return { access: access_token, refresh: refresh_token, scopes: held }
    },
    async revoke(token) {
      const url = metadata.revocation_endpoint
      if (!url) throw new Error(`${issuer} revokes nothing.`)
      const { status } = await post(url, { token })
      if (status !== 200) throw new Error(`Revocation answered ${status}.`)
    },
  }
}

/** Sends one request, which is a POST when it has a body. */
async function send(
  url: URL,
  ca: string | undefined,
  body?: string,
): Promise<WireResponse> {
  const form = 'application/x-www-form-urlencoded'
  const headers: [string, string][] = [['Accept', 'application/json']]
  if (body !== undefined) headers.push(['Content-Type', form])
  const method = body === undefined ? 'GET' : 'POST'
  const target = url.pathname + url.search
  const request = { method, target, headers, body }
  const settings = { timeoutMs: 10_000, ca }
  const { response, failure } = await sendRequest(url, request, settings)
  if (response) return response
  throw new Error(`${url.origin} does not answer: ${failure}.`)
}
