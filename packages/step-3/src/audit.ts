import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import onHeaders from 'on-headers'
import { pino } from 'pino'
import { readSecret } from './guard.ts'
import { digestOf } from './keys.ts'

const output = pino.destination({ fd: 2, sync: true })
output.on('error', () => process.exit(1))
const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime }
/** One JSON line per event, on stderr: what cannot write it down ends. */
export const log = pino(options, output)

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
  const findings = { credential: secret ? 'not judged' : given }
  const write = (status?: number) => {
    const { method, params } = Object(req.body)
    const answer = Number(status) < 400 ? 'allowed' : 'refused'
    log.info({
      id,
      decision: status ? answer : 'cut off',
      status,
      ...findings,
      fingerprint: secret && digestOf(secret).slice(0, 12),
      request,
      method: printable(method),
      tool: method === 'tools/call' ? printable(params?.name) : undefined,
    })
  }
  // Once: when it is decided, or when nobody waits for that any more.
  onHeaders(res, () => res.closed || write(res.statusCode))
  res.on('close', () => res.headersSent || write())
  found.run(findings, next)
}

/** What a caller sent: short, no secret, nothing that could end a line. */
const printable = (value: unknown) =>
  value &&
  `${typeof value === 'string' ? value : typeof value}`
    .replace(/[\w.~+-]{27,}|[\w.~+/%=-]{42,}/g, '…')
    .replace(/[\p{C}\p{Z}]/gu, ' ')
    .slice(0, 80)
