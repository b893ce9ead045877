import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { Request, RequestHandler } from 'express'
import { note } from './audit.ts'
import { challenge, type Hints } from './guard.ts'
import { refuse } from './refusals.ts'

/** What each tool asks of its caller; one that is not listed is closed. */
const required = new Map([
  ['read_document', 'documents:read'],
  ['query_customers', 'customers:read'],
  ['check_stock', 'stock:read'],
  ['issue_refund', 'refunds:write'],
])

/** What tells nothing of the office; any other method is closed. */
const open =
  /^(initialize|ping|server\/discover|tools\/list|notifications\/.*|subscriptions\/listen)$/

export const scopesSupported = [...required.values()]

/** What a client is told to ask for at first: the least that is of use. */
export const firstScope = 'documents:read'

/** Lets only those call a tool who hold its scope; behind the guard. */
export function requireScope(hints: Hints): RequestHandler {
  return (req, res, next) => {
    const { method, params } = req.body
    if (open.test(method)) return next()
    if (method !== 'tools/call') return refuse(res, 404, -32601, 'Not found.')
    const scope = required.get(Object(params).name)
    if (!scope) return refuse(res, 403, -32600, 'No scope opens that tool.')
    const { auth } = req as Request & { auth: AuthInfo }
    const holds = (it: string) => auth.scopes.some((held) => covers(held, it))
    if (holds(scope)) return next()
    note({ lacking: scope })
    // The next token takes the place of this one, so it is for both.
    const both = [...scopesSupported.filter(holds), scope].join(' ')
    challenge(res, 403, hints(both), 'insufficient_scope')
  }
}

/** `documents` covers `documents:read`, and `documents:rea` does not. */
const covers = (held: string, scope: string) =>
  held === scope || scope.startsWith(`${held}:`)
