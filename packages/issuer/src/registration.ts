import type { ClientMetadata } from 'oidc-provider'
import { errors } from './library.ts'
import { isScope } from './words.ts'

/** What a client that nobody here chose may say about itself. */
const kept = [
  'client_id',
  'client_id_issued_at',
  'client_name',
  'redirect_uris',
  'grant_types',
  'response_types',
  'scope',
]

/** Strangers are remembered: no more of each than a real client needs. */
const most = { redirects: 10, uriLength: 512, nameLength: 200 }

/**
 * Makes clients plain: whoever is not ours has no secret, no right to
 * introspect, and no URL that would be fetched or shown.
 * @throws what the library answers as an error of registration
 */
export function tameClient(metadata: ClientMetadata, ours: Set<string>): void {
  for (const [key, value] of Object.entries(metadata)) {
    // As in RFC 7592 §2.2, what is null or empty was not provided.
    if (value === null || value === '') delete metadata[key]
  }
  const given = Array.isArray(metadata.redirect_uris)
    ? metadata.redirect_uris
    : []
  for (const uri of given) refuse('redirect_uris', redirectProblem(uri))
  // Native is what the library calls clients whose loopback port may vary.
  const native = given.some((uri) => new URL(uri).protocol === 'http:')
  if (!ours.has(metadata.client_id)) {
    requireSmall(metadata, given.length)
    const { token_endpoint_auth_method: method, client_id } = metadata
    // A registration is told what became of it; a document is not.
    if (client_id.startsWith('https:') && method && method !== 'none') {
      throw new errors.InvalidClientMetadata('only public clients are served')
    }
    for (const [key, value] of Object.entries(metadata)) {
      if (key.endsWith('_uri')) refuse(key, spellingProblem(value))
      if (!kept.includes(key)) delete metadata[key]
    }
    metadata.token_endpoint_auth_method = 'none'
  }
  metadata.application_type = native ? 'native' : 'web'
  metadata.id_token_signed_response_alg = 'ES256'
  if (typeof metadata.scope === 'string') {
    const known = metadata.scope.split(' ').filter(isScope)
    metadata.scope = [...new Set(known)].join(' ') || undefined
  }
  if (Array.isArray(metadata.grant_types)) {
    metadata.grant_types = metadata.grant_types.filter((type) =>
      ['authorization_code', 'refresh_token'].includes(type),
    )
  }
}

/** Whether a code may travel there: encrypted, or without leaving the machine. */
export const isRedirectSafe = (uri: unknown): uri is string =>
  redirectProblem(uri) === undefined

/** Why a code may not travel there; the rest of a sentence on the field. */
function redirectProblem(uri: unknown): string | undefined {
  const problem = spellingProblem(uri)
  if (problem) return problem
  const { protocol, hostname, username, password } = new URL(String(uri))
  if (String(uri).includes('#')) return 'must not contain a fragment'
  if (username || password) return 'must not contain a user name'
  if (protocol === 'https:') return undefined
  if (protocol !== 'http:') {
    return 'must be https, or http on a loopback address: no other scheme is served'
  }
  return ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
    ? undefined
    : 'must be https, or http on a loopback address'
}

/**
 * Why a URL is not written as it is read. A parser drops a line feed, takes a
 * backslash for a slash and 127.1 for 127.0.0.1; a browser, a log and a string
 * comparison might each understand another one.
 */
function spellingProblem(uri: unknown): string | undefined {
  if (typeof uri !== 'string') return 'must hold a URL as a string'
  if (uri.length > most.uriLength) {
    return `must be no longer than ${most.uriLength} characters`
  }
  if (!/^[\x21-\x5b\x5d-\x7e]*$/.test(uri)) {
    return 'must not contain blanks, control characters, backslashes or anything beyond ASCII'
  }
  if (!URL.canParse(uri)) return 'must be an absolute URL'
  const { href, pathname } = new URL(uri)
  if (href === uri || (pathname === '/' && href === `${uri}/`)) return undefined
  return 'must be written as a browser would write it'
}

function requireSmall(
  { client_name: name }: ClientMetadata,
  redirects: number,
) {
  if (redirects > most.redirects) {
    refuse('redirect_uris', `must be no more than ${most.redirects}`)
  }
  if (typeof name === 'string' && name.length > most.nameLength) {
    refuse(
      'client_name',
      `must be no longer than ${most.nameLength} characters`,
    )
  }
}

/** The library tells the error's code by how the sentence begins. */
function refuse(field: string, problem: string | undefined): void {
  if (problem) throw new errors.InvalidClientMetadata(`${field} ${problem}`)
}
