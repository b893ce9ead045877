import { randomBytes, timingSafeEqual } from 'node:crypto'
import type {
  ClientMetadata,
  KoaContextWithOIDC,
  Provider as LibraryProvider,
} from 'oidc-provider'
import { digestOf, readClients } from './clients.ts'
import { configure, type Parts, routes } from './configuration.ts'
import { Provider } from './library.ts'
import { defaultScope, scopes } from './words.ts'

/** The authorization server itself, over what is on disk. */
export function createProvider(parts: Parts): LibraryProvider {
  const { settings, store } = parts
  const clients = readClients(settings.folder, settings.resources)
  const provider = new Provider(settings.issuer, configure(parts, clients))
  Object.assign(provider.Client, { needsSecret })
  Object.assign(provider.Client.prototype, { compareClientSecret })
  Object.assign(provider.RefreshToken.prototype, {
    generateTokenId(): string {
      const { RotatedRefreshToken: used } = Provider.ctx?.oidc.entities ?? {}
      return used ? store.nextOf(used.jti, used.grantId ?? '') : randomToken()
    },
  })
  provider.use(async (ctx, next) => {
    if (ctx.path === routes.authorization) ctx.query = narrow(ctx.query)
    await next()
    amend(ctx as KoaContextWithOIDC)
    await replacePerson(ctx as KoaContextWithOIDC)
  })
  return provider
}

const randomToken = () => randomBytes(32).toString('base64url')

/** The library's own looks at fields of which a stranger chose the type. */
const needsSecret = (metadata: ClientMetadata) =>
  metadata.token_endpoint_auth_method === 'client_secret_basic'

/** Compares digests: the secret itself is kept nowhere. */
function compareClientSecret(this: { clientSecret: string }, given: string) {
  const expected = Buffer.from(this.clientSecret)
  const found = Buffer.from(digestOf(given))
  return expected.length === found.length && timingSafeEqual(expected, found)
}

/** An authorization request, less what the library would be generous with. */
function narrow({ ...query }: KoaContextWithOIDC['query']) {
  // A client that names no scope gets little, not everything.
  query.scope ||= defaultScope
  // Anything but a query would need a script, of ours or of the client's.
  const { response_mode: mode = 'query' } = query
  if (mode !== 'query') query.response_mode = 'unsupported'
  return query
}

/**
 * Whoever logged in last is who is logged in. Where somebody else was, in
 * another tab or until now, the library answers with a form that only a script
 * could send, and to where nothing is: the session ends here instead, and the
 * browser comes again without it.
 */
async function replacePerson(ctx: KoaContextWithOIDC): Promise<void> {
  const { route, session } = ctx.oidc ?? {}
  if (route !== 'resume' || ctx.status !== 200 || !session) return
  await session.destroy()
  ctx.status = 303
  ctx.redirect(ctx.path)
}

/** Says in metadata, and at introspection, what the library cannot be told. */
function amend(ctx: KoaContextWithOIDC): void {
  const { route, client } = ctx.oidc ?? {}
  if (route === 'discovery' && ctx.status === 200) {
    Object.assign(ctx.body as object, {
      // Else it lists openid, of which nothing is offered here.
      scopes_supported: scopes,
      claims_supported: ['sub'],
      response_modes_supported: ['query'],
      revocation_endpoint_auth_methods_supported: [
        'none',
        'client_secret_basic',
      ],
      introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
    })
  }
  if (route === 'discovery' || route === 'jwks') {
    ctx.set('Access-Control-Allow-Origin', '*')
    ctx.set('Cache-Control', 'public, max-age=60')
  }
  // What it cannot read is not active, and no fault of who asks (RFC 7662
  // §2.2).
  const { error } = Object(ctx.body)
  if (route === 'introspection' && error === 'unsupported_token_type') {
    ctx.status = 200
    ctx.body = { active: false }
  }
  // Tokens are nobody's business but a resource server's (RFC 7662 §2.1).
  if (route === 'introspection' && !client?.introspects) {
    ctx.status = 401
    ctx.set('WWW-Authenticate', 'Basic realm="issuer"')
    ctx.body = { error: 'invalid_client' }
  }
}
