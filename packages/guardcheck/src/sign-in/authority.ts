import { createHash, randomBytes } from 'node:crypto'
import { sendRequest, type WireResponse } from '../probe/wire.ts'
import {
  openBrowser,
  type Page,
  type Person,
  signIn,
  type Trace,
} from './browser.ts'

/** An authorization server, and a public client that it knows. */
export interface AuthorityOptions {
  /** The issuer, exactly as its metadata is to say it. */
  issuer: string
  clientId: string
  redirectUri: string
  /** What tokens are to be meant for (RFC 8707). */
  resource: string
  /** PEM that is trusted as well. */
  ca?: string | undefined
  trace?: Trace | undefined
}

/** Its metadata, as far as a client needs it (RFC 8414 §2). */
export interface Metadata extends Record<string, unknown> {
  issuer: string
  authorization_endpoint: string
  token_endpoint: string
  revocation_endpoint?: string
  registration_endpoint?: string
}

/** Parameters of a request; undefined leaves one out. */
export type Parameters = Record<string, string | undefined>

/** An authorization request, and what its sender keeps. */
export interface Asked {
  url: URL
  verifier: string
  state: string
}

/** What the token endpoint answered. */
export interface Granted {
  status: number
  headers: [name: string, value: string][]
  access: string
  refresh: string
  scope: string
  /** The error code; empty when there is none. */
  error: string
  body: Record<string, unknown>
}

/** The conversation of one client with one authorization server. */
export interface Authority extends AuthorityOptions {
  metadata: Metadata
  /** Sends one request to any of its URLs; a POST when there is a form. */
  send(
    url: string | URL,
    form?: Parameters | [string, string][],
    headers?: [name: string, value: string][],
  ): Promise<WireResponse>
  /** Posts a form, or anything else as JSON. */
  post(
    url: string | URL,
    body: URLSearchParams | Record<string, unknown>,
    headers?: [name: string, value: string][],
  ): Promise<WireResponse>
  /** An authorization request as it should be, but for `changes`. */
  ask(changes?: Parameters): Asked
  /** Where an authorization request leads nobody who has not signed in. */
  open(changes?: Parameters): Promise<Page & { asked: Asked }>
  /** Signs a person in; answers where they are sent back to, with what. */
  authorize(
    person: Person,
    changes?: Parameters,
  ): Promise<{ asked: Asked; back: URL }>
  /** Posts to the token endpoint as this client. */
  trade(form: Parameters): Promise<Granted>
  /** Trades a code, as it should be but for `changes`. */
  redeem(code: string, asked: Asked, changes?: Parameters): Promise<Granted>
  /**
   * The whole way: a person signs in, and the client has their tokens.
   * @throws {Error} when they are refused
   */
  grant(person: Person, scopes: string[]): Promise<Granted>
  /** Gives a token back, which ends what came with it (RFC 7009). */
  revoke(token: string, clientId?: string): Promise<WireResponse>
}

const formType: [string, string] = [
  'Content-Type',
  'application/x-www-form-urlencoded',
]
const jsonType: [string, string] = ['Content-Type', 'application/json']

/** Asks the server what it is, as `options.clientId` from then on. */
export async function openAuthority(
  options: AuthorityOptions,
): Promise<Authority> {
  const { issuer, clientId, redirectUri, resource, ca, trace } = options
  const exchange = createExchange(ca, trace)
  const send: Authority['send'] = (url, form, headers = []) =>
    form
      ? exchange(url, [formType, ...headers], encode(form))
      : exchange(url, headers)
  const post: Authority['post'] = (url, body, headers = []) =>
    body instanceof URLSearchParams
      ? exchange(url, [formType, ...headers], `${body}`)
      : exchange(url, [jsonType, ...headers], JSON.stringify(body))
  const metadata = await readMetadata(issuer, send)
  const ask: Authority['ask'] = (changes = {}) => {
    const verifier = randomBytes(32).toString('base64url')
    const state = randomBytes(16).toString('base64url')
    const digest = createHash('sha256').update(verifier).digest('base64url')
    const url = new URL(metadata.authorization_endpoint)
    url.search = encode({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      resource,
      state,
      code_challenge: digest,
      code_challenge_method: 'S256',
      ...changes,
    })
    return { url, verifier, state: changes.state ?? state }
  }
  const trade: Authority['trade'] = async (form) => {
    const all = { client_id: clientId, ...form }
    const answer = await send(metadata.token_endpoint, all)
    const body = readJson(answer.body)
    return {
      status: answer.status,
      headers: answer.headers,
      access: `${body.access_token ?? ''}`,
      refresh: `${body.refresh_token ?? ''}`,
      scope: `${body.scope ?? ''}`,
      error: `${body.error ?? ''}`,
      body,
    }
  }
  const authority: Authority = {
    ...options,
    metadata,
    send,
    post,
    ask,
    trade,
    async open(changes) {
      const asked = ask(changes)
      return { ...(await openBrowser(ca, trace).open(asked.url)), asked }
    },
    async authorize(person, changes) {
      const asked = ask(changes)
      const back = await signIn(openBrowser(ca, trace), asked.url, person)
      return { asked, back }
    },
    redeem: (code, { verifier }, changes) =>
      trade({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
        resource,
        ...changes,
      }),
    async grant(person, scopes) {
      const scope = scopes.join(' ')
      const { asked, back } = await authority.authorize(person, { scope })
      const { searchParams: values } = back
      const code = values.get('code')
      if (!code || values.get('state') !== asked.state) {
        throw new Error(`It was refused: ${values.get('error')}.`)
      }
      const granted = await authority.redeem(code, asked)
      if (granted.status === 200) return granted
      throw new Error(`No token was given: ${granted.error}.`)
    },
    revoke(token, client_id = clientId) {
      const url = metadata.revocation_endpoint
      if (!url) throw new Error(`${issuer} revokes nothing.`)
      return send(url, { token, client_id })
    },
  }
  return authority
}

/** Sends one request to any URL; `ca` is PEM that is trusted as well. */
export function createExchange(ca?: string, trace?: Trace) {
  return async (
    target: string | URL,
    headers: [name: string, value: string][] = [],
    body?: string,
  ): Promise<WireResponse> => {
    const url = new URL(target)
    const request = {
      method: body === undefined ? 'GET' : 'POST',
      target: url.pathname + url.search,
      headers: [['Accept', 'application/json'], ...headers] as typeof headers,
      body,
    }
    const settings = { timeoutMs: 10_000, ca }
    const exchange = await sendRequest(url, request, settings)
    trace?.('client', url, exchange)
    const { response, failure } = exchange
    if (response) return response
    throw new Error(`${url.origin} does not answer: ${failure}.`)
  }
}

/** The metadata of an issuer, by the name of either specification. */
async function readMetadata(
  issuer: string,
  send: Authority['send'],
): Promise<Metadata> {
  for (const url of metadataUrls(issuer)) {
    const { status, body } = await send(url)
    if (status === 200) return readJson(body) as Metadata
  }
  throw new Error(`${issuer} has no metadata.`)
}

/** Where an issuer's metadata is (RFC 8414 §3.1, OpenID Discovery §4). */
export function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]
}

/** Form or query parameters as text, in their order. */
function encode(values: Parameters | [string, string][]): string {
  const pairs = Array.isArray(values) ? values : Object.entries(values)
  const given = pairs.filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  )
  return new URLSearchParams(given).toString()
}

/** The object in a text; empty when there is none. */
export function readJson(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
