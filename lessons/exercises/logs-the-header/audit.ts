import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import { pino } from 'pino'
import { readSecret } from './guard.ts'
import { digestOf } from './keys.ts'

/** One JSON line per event, on stderr. */
export const log = pino(
  { base: null, timestamp: pino.stdTimeFunctions.isoTime },
  pino.destination({ fd: 2, sync: true }),
)

const found = new AsyncLocalStorage<Record<string, unknown>>()

/** Adds what was found out to the line of the request that is being served. */
export const note = (finding: Record<string, unknown>) =>
  void Object.assign(found.getStore() ?? {}, finding)

/** Writes down who asked for what and what was decided; never a secret. */
export const audit: RequestHandler = (req, res, next) => {
  const id = randomUUID()
  res.set('X-Request-Id', id)
  const secret = readSecret(req)
  const request = printable(`${req.method} ${req.path}`)
  const given = req.headers.authorization ? 'malformed' : 'none'
  const findings = { credential: given }
  res.on('close', () => {
    const { method, params } = Object(req.body)
    const served = res.writableFinished ? 'allowed' : 'cut off'
    log.info({
      id,
      decision: res.statusCode < 400 ? served : 'refused',
      status: res.statusCode,
      ...findings,
      headers: req.headers,
      fingerprint: secret && digestOf(secret).slice(0, 12),
      request,
      method: printable(method),
      tool: method === 'tools/call' ? printable(params?.name) : undefined,
    })
  })
  found.run(findings, next)
}

/** What a caller sent: short, no secret, nothing that could end a line. */
const printable = (value: unknown) =>
  value &&
  String(value)
    .replace(/[\w.~+-]{40,}/g, '…')
    .replace(/[\p{C}\p{Z}]/gu, ' ')
    .slice(0, 80)
