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
    const request = `${req.method} ${req.path}`
    const given = req.headers.authorization ? 'malformed' : 'none'
    const { state = given, token } = secret ? tokens.find(secret) : {}
    res.on('close', () => {
      const { method, params } = Object(req.body)
      const time = new Date().toISOString()
      const decision = res.statusCode < 400 ? 'allowed' : 'refused'
      const fingerprint = secret ? digestOf(secret).slice(0, 12) : ''
      const tool = method === 'tools/call' ? params?.name : ''
      console.error(
        `{"time":"${time}","id":"${id}","decision":"${decision}",` +
          `"status":${res.statusCode},"credential":"${state}",` +
          `"caller":"${token?.name ?? ''}","fingerprint":"${fingerprint}",` +
          `"request":"${request}","method":"${method}","tool":"${tool}"}`,
      )
    })
    next()
  }
}
