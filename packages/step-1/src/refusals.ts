import { STATUS_CODES } from 'node:http'
import type { ErrorRequestHandler, RequestHandler, Response } from 'express'

/** Answers a JSON-RPC error by the id of what was read (JSON-RPC 2.0 §5). */
export function refuse(
  res: Response,
  status: number,
  code: number,
  message = 'Refused.',
): void {
  const { id } = Object(res.req.body)
  const known = ['string', 'number'].includes(typeof id)
  const error = { code, message }
  turnAway(res, status, { jsonrpc: '2.0', error, id: known ? id : null })
}

/** Answers instead of serving, so that whoever is refused can read why. */
export function turnAway(res: Response, status: number, body: object): void {
  const text = JSON.stringify(body)
  res.status(status).type('json').set('Cache-Control', 'no-store')
  res.set('Content-Length', `${Buffer.byteLength(text)}`)
  const { complete, socket } = res.req
  const length = Number(res.req.get('Content-Length'))
  if (complete || length < 65_536) return void res.end(text)
  // A large body stays unread, and who is sending it has time to read this.
  socket.pause()
  res.set('Connection', 'close').write(text)
  setTimeout(() => res.end(), 500)
}

/** No session to resume or end, so only POST is served (RFC 9110 §15.5.6). */
export const refuseMethod: RequestHandler = (_req, res) => {
  res.set('Allow', 'POST')
  refuse(res, 405, -32600, 'Only POST is served here.')
}

/** A clean 404 tells clients that no OAuth is offered at `/.well-known/*`. */
export const refusePath: RequestHandler = (_req, res) => {
  refuse(res, 404, -32600, 'Nothing is served here: MCP is at /mcp.')
}

/** Answers without a stack; what the caller did not cause goes to stderr. */
export const refuseError: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error)
  const status: number = error.status ?? 500
  if (status >= 500) {
    console.error(error)
    return refuse(res, status, -32603, 'Something went wrong on the server.')
  }
  // What is left of the body is not worth reading.
  res.set('Connection', 'close')
  if (error.type === 'entity.parse.failed') {
    return refuse(res, status, -32700, 'The body is not JSON.')
  }
  // Words of the parser's own repeat what was sent.
  const isOurs = error.expose && !error.type
  refuse(res, status, -32600, isOurs ? error.message : STATUS_CODES[status])
}
