import type { IncomingMessage, ServerResponse } from 'node:http'
import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
} from 'express'
import { log } from './audit.ts'
import { routes } from './configuration.ts'
import { languageOf } from './language.ts'
import { networkOf } from './network.ts'
import { errorPage } from './pages.ts'
import { style } from './style.ts'
import { createRegistrations } from './throttle.ts'

/** More than any form or registration needs. */
const maxBodyBytes = 32 * 1024

/** More than any request for an authorization needs; much of it is kept. */
const maxTargetLength = 4 * 1024

/** Every path that is served, and how it may be asked. */
const methods: [path: RegExp, methods: string[]][] = [
  [/^\/(style\.css|healthz)$/, ['GET', 'HEAD']],
  [
    /^\/\.well-known\/(oauth-authorization-server|openid-configuration)$/,
    ['GET', 'HEAD', 'OPTIONS'],
  ],
  [exactly(routes.jwks), ['GET', 'HEAD', 'OPTIONS']],
  [exactly(routes.authorization), ['GET', 'HEAD']],
  [/^\/auth\/[\w-]+$/, ['GET', 'HEAD']],
  [/^\/interaction\/[\w-]+$/, ['GET', 'HEAD', 'POST']],
  [exactly(routes.token), ['POST', 'OPTIONS']],
  [exactly(routes.introspection), ['POST']],
  [exactly(routes.revocation), ['POST', 'OPTIONS']],
  [exactly(routes.registration), ['POST']],
]

interface Parts {
  issuer: string
  interaction: RequestHandler
  provider: () => (req: IncomingMessage, res: ServerResponse) => unknown
  registration: boolean
}

/** The edge, in order: what passes all of it reaches the library. */
export function createApp(parts: Parts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(harden(new URL(parts.issuer)))
  app.all('/healthz', (req, res, next) =>
    req.path === '/healthz' && /^(GET|HEAD)$/.test(req.method)
      ? res.type('text').send('ok')
      : next(),
  )
  app.use(requireHost(new URL(parts.issuer)))
  app.use(requireRoute(parts.registration))
  app.use(requireSmall)
  app.get('/style.css', (_req, res) => {
    res.set('Cache-Control', 'public, max-age=3600').type('css').send(style)
  })
  app.use(parts.interaction)
  app.post(routes.registration, throttleRegistration())
  app.use((req, res) => parts.provider()(req, res))
  app.use(refuseError)
  return app
}

function harden({ hostname }: URL): RequestHandler {
  return (_req, res, next) => {
    res.set({
      'Cache-Control': 'no-store',
      // No form-action: browsers hold it against where a form leads in the
      // end, and that is the client's own business.
      'Content-Security-Policy':
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
      'X-Frame-Options': 'DENY',
      'X-Content-Type-Options': 'nosniff',
      // With no-referrer, a browser would hide the origin of our own forms.
      'Referrer-Policy': 'same-origin',
    })
    // Browsers would hold it against every other server named localhost.
    if (hostname !== 'localhost') {
      res.set('Strict-Transport-Security', 'max-age=31536000')
    }
    next()
  }
}

/** One Host, the issuer's; it is what endpoints in the metadata come from. */
function requireHost({ host }: URL): RequestHandler {
  return (req, res, next) => {
    const hosts = req.headersDistinct.host ?? []
    if (hosts.length !== 1 || !req.url.startsWith('/')) {
      return refuse(res, 400, 'invalid_request')
    }
    if (hosts[0]?.toLowerCase() !== host) {
      return refuse(res, 403, 'wrong_host')
    }
    next()
  }
}

function requireRoute(registration: boolean): RequestHandler {
  return (req, res, next) => {
    const [, allowed] = methods.find(([path]) => path.test(req.path)) ?? []
    const off = req.path === routes.registration && !registration
    if (!allowed || off) return refuse(res, 404, 'not_found')
    if (allowed.includes(req.method)) return next()
    res.set('Allow', allowed.join(', '))
    refuse(res, 405, 'method_not_allowed')
  }
}

const requireSmall: RequestHandler = (req, res, next) => {
  if (req.url.length > maxTargetLength) {
    return next(Object.assign(new Error('too long'), { status: 414 }))
  }
  if (Number(req.headers['content-length'] ?? 0) > maxBodyBytes) {
    return refuse(res, 413, 'request_too_large')
  }
  if (req.headers.expect) res.writeContinue()
  next()
}

function throttleRegistration(): RequestHandler {
  const registrations = createRegistrations()
  return async (req, res, next) => {
    const wait = await registrations.try(networkOf(req.socket.remoteAddress))
    if (wait === 0) return next()
    log.warn({ event: 'registration', result: 'throttled' })
    res.set('Retry-After', String(wait))
    const why = 'Too many registrations from one address: try again later.'
    refuse(res, 429, 'temporarily_unavailable', why)
  }
}

/** Answers without a stack; what nobody outside caused goes to the log. */
const refuseError: ErrorRequestHandler = (error, req, res, next) => {
  if (res.headersSent) return next(error)
  const status: number = error.status ?? error.statusCode ?? 500
  if (status >= 500) log.error({ event: 'fault', why: error.message })
  const code = status >= 500 ? 'server_error' : 'invalid_request'
  if (!req.accepts('html')) return refuse(res, status, code)
  res
    .status(status)
    .type('html')
    .send(errorPage(languageOf(req, res), code))
}

function refuse(
  res: express.Response,
  status: number,
  error: string,
  error_description?: string,
): void {
  // What is left of the body is not worth reading.
  res.set('Connection', 'close')
  res.status(status).json({ error, error_description })
}

function exactly(path: string): RegExp {
  return new RegExp(`^${path}$`)
}
