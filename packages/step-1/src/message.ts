import express, { type RequestHandler } from 'express'
import { refuse } from './refusals.ts'

/**
 * Reads the one JSON-RPC message of a request. Whoever decides about it and
 * whoever runs it get this object: nobody reads the body a second time.
 */
export const readMessage: RequestHandler[] = [
  (req, res, next) => {
    // Who asked first is told only now to send the body (RFC 9110 §10.1.1).
    if (req.headers.expect) res.writeContinue()
    next()
  },
  express.json({ limit: '1mb' }),
  (req, res, next) => {
    // Whatever the parser skipped, the SDK might read: it goes no further.
    if (req.body === undefined) {
      return refuse(res, 415, -32600, 'Send one message as application/json.')
    }
    // No array either: the SDK runs those, and a gate reads one method.
    const { method, id = 0 } = req.body
    const isId = ['string', 'number'].includes(typeof id)
    if (typeof method !== 'string' || !isId) {
      return refuse(res, 400, -32600, 'Send one request or notification.')
    }
    if (isDeeper(req.body, 100)) {
      return refuse(res, 400, -32600, 'Send at most 100 levels of JSON.')
    }
    next()
  },
]

/** Whoever looks into a value level by level runs out of them at some depth. */
const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 ||
    Object.values(value).some((inner) => isDeeper(inner, levels - 1)))
