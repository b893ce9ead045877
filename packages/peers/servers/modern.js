import {
  createMcpHandler,
  McpServer,
  OAuthError,
  OAuthErrorCode,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { expiresAt, findCaller } from './verifier.js'

/** A handler of SDK v2 with one tool. */
export const createHandler = (options) =>
  createMcpHandler(() => {
    const server = new McpServer({ name: 'v2', version: '1.0.0' })
    server.registerTool(
      'add',
      {
        description: 'Adds.',
        inputSchema: z.object({ a: z.number(), b: z.number() }),
      },
      ({ a, b }) => ({ content: [{ type: 'text', text: `${a + b}` }] }),
    )
    return server
  }, options)

/** What SDK v2 asks about a token. */
export const verifier = {
  async verifyAccessToken(token) {
    const caller = findCaller(token)
    if (!caller) {
      throw new OAuthError(OAuthErrorCode.InvalidToken, 'unknown token')
    }
    const { clientId } = caller
    return { token, clientId, scopes: [], expiresAt: expiresAt() }
  },
}
