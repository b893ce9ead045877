import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { Request, RequestHandler } from 'express'
import { note } from './audit.ts'
import { challenge, type Hints } from './guard.ts'
import { refuse } from './mcp.ts'

/** What each tool asks of its caller; one that is not listed is closed. */
const required = new Map([
  ['read_document', 'documents:read'],
  ['query_customers', 'customers:read'],
  ['check_stock', 'stock:read'],
  ['issue_refund', 'refunds:write'],
])

export const scopesSupported = [...required.values()]

/** What a client is told to ask for at first: the least that is of use. */
export const firstScope = 'documents:read'

/** Lets only those call a tool who hold its scope; behind the guard. */
export function requireScope(hints: Hints): RequestHandler {
  return (req, res, next) => {
    const { method, params } = Object(req.body)
    if (method !== 'tools/call') return next()
    const scope = required.get(params?.name)
    if (!scope) return refuse(res, 403, -32600, 'No scope opens that tool.')
    const { auth } = req as Request & { auth: AuthInfo }
    if (auth.scopes.some((held) => covers(held, scope))) return next()
    note({ lacking: scope })
    challenge(res, 403, { ...hints, scope }, 'insufficient_scope')
  }
}

/** `documents` covers `documents:read`, and `documents:rea` does not. */
const covers = (held: string, scope: string) =>
  held === scope || scope.startsWith(`${held}:`)
