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
    if (typeof req.body.method !== 'string') {
      return refuse(res, 400, -32600, 'Send one request or notification.')
    }
    next()
  },
]
