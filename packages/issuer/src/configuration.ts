import type { ClientMetadata, Configuration } from 'oidc-provider'
import { createFence } from './cimd.ts'
import { type Keys, publishedKeys } from './keys.ts'
import { errors, interactionPolicy } from './library.ts'
import type { RenderError } from './pages.ts'
import type { People } from './people.ts'
import { tameClient } from './registration.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import { scopes } from './words.ts'

const minute = 60
const day = 24 * 60 * minute

/** Paths that the edge needs to know as well. */
export const routes = {
  authorization: '/auth',
  token: '/token',
  jwks: '/jwks',
  introspection: '/introspect',
  revocation: '/revoke',
  registration: '/register',
}

/** What a provider is made of; a new one takes over at a key rotation. */
export interface Parts {
  settings: Settings & { issuer: string }
  store: Store
  people: People
  keys: Keys
  renderError: RenderError
}

/** What the library is told; what it cannot be told is in `provider.ts`. */
export function configure(
  parts: Parts,
  clients: ClientMetadata[],
): Configuration {
  const { settings, store, people, keys, renderError } = parts
  const { resources, tokenFormat } = settings
  const ours = new Set(clients.map((client) => client.client_id))
  const fence = createFence(settings.cimdLoopback)
  const { Prompt, Check, base } = interactionPolicy
  const consent = new Prompt(
    { name: 'consent', requestable: true },
    // Each authorization is asked for and is a grant of its own, so that
    // what is revoked or replayed takes along what came of it, and no more.
    new Check(
      'each',
      'the person has not been asked',
      'consent_required',
      ({ oidc }) => !oidc.result?.consent,
    ),
  )
  const policy = base()
  policy
    .get('login')
    ?.checks.add(
      new Check(
        'gone',
        'whoever was logged in is nobody here any more',
        'login_required',
        ({ oidc }) => Boolean(oidc.session?.accountId) && !oidc.account,
      ),
    )
  policy.remove('consent')
  policy.add(consent)
  return {
    adapter: store.adapter,
    clients,
    jwks: {
      keys: structuredClone(publishedKeys(keys)),
    } as Configuration['jwks'],
    routes,
    scopes: [...scopes],
    claims: {},
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'client_secret_basic'],
    pkce: { required: () => true },
    clientDefaults: {
      grant_types: ['authorization_code'],
      id_token_signed_response_alg: 'ES256',
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    allowOmittingSingleRegisteredRedirectUri: false,
    cookies: {
      keys: keys.cookies,
      names: {
        session: '__Host-issuer',
        interaction: '__Secure-interaction',
        resume: '__Secure-resume',
      },
      long: { httpOnly: true, sameSite: 'lax', secure: true, signed: true },
      short: { httpOnly: true, sameSite: 'lax', secure: true, signed: true },
    },
    extraClientMetadata: {
      properties: ['introspects'],
      validator: (_ctx, _key, _value, metadata) => tameClient(metadata, ours),
    },
    findAccount: (_ctx, sub) => {
      const person = people.find(sub)
      return person && { accountId: sub, claims: () => ({ sub }) }
    },
    loadExistingGrant: async (ctx) => {
      const id = ctx.oidc.result?.consent?.grantId
      return id ? ctx.oidc.provider.Grant.find(id) : undefined
    },
    interactions: {
      policy,
      url: (_ctx, { uid }) => `/interaction/${uid}`,
    },
    issueRefreshToken: async (_ctx, client) =>
      client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    expiresWithSession: async () => false,
    revokeGrantPolicy: () => true,
    clientBasedCORS: (_ctx, origin, client) =>
      client.clientAuthMethod === 'none' &&
      (client.redirectUris ?? []).some(
        (uri: string) => new URL(uri).origin === origin,
      ),
    ttl: {
      AccessToken: 5 * minute,
      AuthorizationCode: minute,
      Grant: 30 * day,
      // Shorter while nobody has logged in: strangers begin what they like.
      Interaction: (_ctx, { session }) =>
        session?.accountId ? 10 * minute : 5 * minute,
      IdToken: 5 * minute,
      // Absolute: a rotated token ends when the first one would have.
      RefreshToken: (ctx) =>
        ctx.oidc.entities.RotatedRefreshToken?.remainingTTL ?? 30 * day,
      Session: (_ctx, { accountId }) => (accountId ? day / 2 : 5 * minute),
    },
    fetch: fence.fetch,
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      clientIdMetadataDocument: {
        enabled: true,
        ack: 'draft-02',
        allowFetch: fence.allow,
        cacheDuration: { min: 30, max: day },
      },
      introspection: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) =>
          token.kind === 'AccessToken' &&
          mayIntrospect(client.introspects, token.aud) &&
          people.find(token.accountId ?? '') !== undefined,
      },
      registration: {
        enabled: settings.registration,
        // Nothing can be changed later, so nobody needs a key for it.
        issueRegistrationAccessToken: false,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: async (_ctx, _client, oneOf) => oneOf ?? resources[0],
        useGrantedResource: async () => true,
        getResourceServerInfo: async (ctx, resource) => {
          if (!resources.includes(resource)) throw new errors.InvalidTarget()
          // What a person may give can have shrunk since they gave it.
          const person = people.find(ctx.oidc.account?.accountId ?? '')
          return {
            scope: (person?.scopes ?? scopes).join(' '),
            audience: resource,
            accessTokenFormat: tokenFormat,
            jwt: { sign: { alg: 'ES256' } },
          }
        },
      },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) =>
          token.clientId === client.clientId,
      },
    },
    renderError,
  }
}

const mayIntrospect = (resources: unknown, audience: unknown) =>
  Array.isArray(resources) && resources.includes(audience)
