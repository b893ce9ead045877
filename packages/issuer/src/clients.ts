import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientMetadata } from 'oidc-provider'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { errors } from './library.ts'
import { readPrivate } from './settings.ts'
import { isScope } from './words.ts'

/** A client in `clients.json`: an application, or a resource server. */
const Client = z.union([
  z.strictObject({
    client_id: z.string().regex(/^[\w.-]{1,64}$/),
    client_name: z.string().min(1).max(80),
    redirect_uris: z.array(z.string().refine(isRedirectSafe)).min(1),
  }),
  z.strictObject({
    client_id: z.string().regex(/^[\w.-]{1,64}$/),
    client_name: z.string().min(1).max(80),
    /** SHA-256 of its secret, hexadecimal. */
    secret_digest: z.string().regex(/^[0-9a-f]{64}$/),
    /** The resources whose tokens it may introspect; absent: all of them. */
    introspects: z.array(z.url()).optional(),
  }),
])

/** SHA-256 of a client's secret: all that is kept of it. */
export const digestOf = (secret: string) =>
  createHash('sha256').update(secret).digest('hex')

/** The clients of a first start; the secret goes to a file of its own. */
export async function seedClients(folder: string): Promise<void> {
  const file = join(folder, 'clients.json')
  if (existsSync(file)) return
  const secret = randomBytes(32).toString('base64url')
  const clients: z.infer<typeof Client>[] = [
    {
      client_id: 'workshop',
      client_name: 'Workshop',
      redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
    },
    {
      client_id: 'office',
      client_name: 'Office',
      secret_digest: digestOf(secret),
    },
  ]
  await writeFileAtomic(join(folder, 'office.secret'), secret, { mode: 0o600 })
  await writeFileAtomic(file, `${JSON.stringify(clients, null, 2)}\n`, {
    mode: 0o600,
  })
}

/**
 * The clients of `clients.json`, as the library wants them.
 * @throws {Error} which names the entry, never the content
 */
export function readClients(
  folder: string,
  resources: string[],
): ClientMetadata[] {
  let entries: unknown
  try {
    entries = JSON.parse(
      readPrivate('clients.json', join(folder, 'clients.json')),
    )
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const { data, error } = z.array(Client).safeParse(entries)
  if (data) return data.map((client) => metadataOf(client, resources))
  const index = error.issues[0]?.path[0]
  throw new Error(
    typeof index === 'number'
      ? `clients.json, entry ${index + 1}, is no client.`
      : 'clients.json must hold a JSON array of clients.',
  )
}

function metadataOf(
  client: z.infer<typeof Client>,
  resources: string[],
): ClientMetadata {
  const { client_id, client_name } = client
  if ('redirect_uris' in client) {
    const { redirect_uris } = client
    const grant_types = ['authorization_code', 'refresh_token']
    return { client_id, client_name, redirect_uris, grant_types }
  }
  return {
    client_id,
    client_name,
    client_secret: client.secret_digest,
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: [],
    response_types: [],
    grant_types: [],
    introspects: client.introspects ?? resources,
  }
}

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
  const native = given.some((uri) => new URL(uri).protocol === 'http:')
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
  return (
    protocol === 'http:' &&
    ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
  )
}
