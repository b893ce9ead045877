import { existsSync, readFileSync } from 'node:fs'
import { createServer as createPlainServer, type Server } from 'node:http'
import { createServer } from 'node:https'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Express, RequestHandler } from 'express'
import { follow, readPrivate } from './files.ts'

/** Milliseconds that a client has for its part of a request. */
const patience = {
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
}

/**
 * A server for HTTPS with the pair that `TLS_KEY_FILE` and `TLS_CERT_FILE`
 * name; one for plain HTTP only where `TRUSTED_PROXY` ends TLS before it.
 * @throws {Error} which names the variable that is wrong
 */
export function createTlsServer(env: NodeJS.ProcessEnv, app: Express): Server {
  const { TLS_KEY_FILE: key, TLS_CERT_FILE: cert, TRUSTED_PROXY: proxy } = env
  if (!key && !cert && proxy) return createPlainServer(patience, app)
  if (!key || !cert) {
    throw new Error('Set TLS_KEY_FILE and TLS_CERT_FILE: `pnpm certs`.')
  }
  const read = () => readPair(key, cert)
  const server = createServer({ ...patience, ...read() }, app)
  for (const file of [key, cert]) {
    follow(file, () => server.setSecureContext(read()))
  }
  return server
}

function readPair(keyFile: string, certFile: string): SecureContextOptions {
  const key = readPrivate('TLS_KEY_FILE', keyFile)
  if (/ENCRYPTED/.test(key)) throw new Error('TLS_KEY_FILE wants a passphrase.')
  if (!existsSync(certFile)) throw new Error('TLS_CERT_FILE names no file.')
  try {
    const cert = new TextDecoder().decode(readFileSync(certFile))
    createSecureContext({ key, cert })
    // It leaves out what is empty.
    if (key && cert) return { key, cert, minVersion: 'TLSv1.2' }
  } catch {}
  throw new Error('TLS_CERT_FILE must be PEM and begin with that of the key.')
}

/** Keeps browsers from ever coming without TLS (RFC 6797 §7). */
export const stayOnTls: RequestHandler = ({ secure, hostname }, res, next) => {
  // For localhost it would bind every other page that is served there.
  const binds = secure && hostname !== 'localhost'
  if (binds) res.set('Strict-Transport-Security', 'max-age=31536000')
  next()
}
