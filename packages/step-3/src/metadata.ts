import cors from 'cors'
import { Router } from 'express'
import { scopesSupported } from './scopes.ts'

const root = '/.well-known/oauth-protected-resource'

/** Where the metadata of a resource is (RFC 9728 §3.1). */
export const metadataUrl = ({ origin, pathname }: URL) =>
  `${origin}${root}${pathname}`

/**
 * Tells anyone who issues tokens for `resource` (RFC 9728 §2). At the root as
 * well only if they are the only ones: a client that finds metadata there
 * starts OAuth, even if it was given a token.
 */
export function serveMetadata(resource: URL, issuer: string, only: boolean) {
  const paths = [root + resource.pathname, ...(only ? [root] : [])]
  const metadata = {
    resource: resource.href,
    authorization_servers: [issuer],
    scopes_supported: scopesSupported,
    bearer_methods_supported: ['header'],
  }
  const router = Router({ strict: true, caseSensitive: true })
  router.options(paths, cors())
  router.get(paths, cors(), (_req, res) => void res.json(metadata))
  return router
}
