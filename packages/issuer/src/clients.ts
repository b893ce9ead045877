import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientMetadata } from 'oidc-provider'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { readPrivate } from './files.ts'
import { isRedirectSafe } from './registration.ts'

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
