import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import { pino } from 'pino'
import { readSecret } from './guard.ts'
import { digestOf } from './keys.ts'
import type { TokenStore } from './tokens.ts'

/** One JSON line per event, on stderr. */
export const log = pino(
  { base: null, timestamp: pino.stdTimeFunctions.isoTime },
  pino.destination({ fd: 2, sync: true }),
)

/** Writes down who asked for what and what was decided; never a secret. */
export function audit(tokens: TokenStore): RequestHandler {
  return (req, res, next) => {
    const id = randomUUID()
    res.set('X-Request-Id', id)
    const secret = readSecret(req)
    const request = printable(`${req.method} ${req.path}`)
    const { state = 'no credential', token } = secret ? tokens.find(secret) : {}
    res.on('close', () => {
      const { method, params } = Object(req.body)
      const refused = res.statusCode >= 400
      log.info({
        id,
        decision: refused ? 'refused' : 'allowed',
        status: res.statusCode,
        credential: state,
        caller: token?.name,
        fingerprint: secret && digestOf(secret).slice(0, 12),
        request,
        headers: req.headers,
        method: printable(method),
        tool: method === 'tools/call' ? printable(params?.name) : undefined,
      })
    })
    next()
  }
}

/** What a caller sent, short, and with nothing that could end a line. */
const printable = (value: unknown) =>
  value &&
  String(value)
    .slice(0, 80)
    .replace(/[\p{C}\p{Z}]/gu, ' ')
