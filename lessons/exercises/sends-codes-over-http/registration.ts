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

/**
 * Makes clients plain: whoever is not ours has no secret, no right to
 * introspect, and no URL that would be fetched or shown.
 * @throws what the library answers as an error of registration
 */
export function tameClient(metadata: ClientMetadata, ours: Set<string>): void {
  const given = Array.isArray(metadata.redirect_uris)
    ? metadata.redirect_uris
    : []
  if (!given.every(isRedirectSafe)) throw new errors.InvalidRedirectUri()
  // Native is what the library calls clients whose loopback port may vary.
  const native = given.some((uri) => isLocal(new URL(uri)))
  if (!ours.has(metadata.client_id)) {
    const { token_endpoint_auth_method: method, client_id } = metadata
    // A registration is told what became of it; a document is not.
    if (client_id.startsWith('https:') && method && method !== 'none') {
      throw new errors.InvalidClientMetadata('only public clients are served')
    }
    for (const key of Object.keys(metadata)) {
      if (!kept.includes(key)) delete metadata[key]
    }
    metadata.token_endpoint_auth_method = 'none'
  }
  metadata.application_type = native ? 'native' : 'web'
  metadata.id_token_signed_response_alg = 'ES256'
  if (typeof metadata.scope === 'string') {
    const known = metadata.scope.split(' ').filter(isScope)
    metadata.scope = known.join(' ') || undefined
  }
  if (Array.isArray(metadata.grant_types)) {
    metadata.grant_types = metadata.grant_types.filter((type) =>
      ['authorization_code', 'refresh_token'].includes(type),
    )
  }
}

/** Whether a code may travel there: encrypted, or without leaving the machine. */
export function isRedirectSafe(uri: unknown): uri is string {
  if (typeof uri !== 'string' || uri.includes('#') || !URL.canParse(uri)) {
    return false
  }
  const { protocol, hostname, username, password } = new URL(uri)
  if (username || password) return false
  if (protocol === 'https:') return true
  // The test machines have names of their own and no certificates.
  return protocol === 'http:' && hostname !== ''
}

const isLocal = ({ protocol, hostname }: URL) =>
  protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
