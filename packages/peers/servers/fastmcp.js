import { FastMCP } from 'fastmcp'
import { z } from 'zod'
import { findCaller } from './verifier.js'

const server = new FastMCP({
  name: 'fastmcp',
  version: '1.0.0',
  async authenticate(request) {
    const { authorization = '' } = request.headers
    const [, secret = ''] =
      /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization) ?? []
    const caller = findCaller(secret)
    if (!caller) {
      throw new Response(null, {
        status: 401,
        headers: { 'WWW-Authenticate': 'Bearer realm="fastmcp"' },
      })
    }
    return caller
  },
})

server.addTool({
  name: 'add',
  description: 'Adds.',
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => `${a + b}`,
})

await server.start({
  transportType: 'httpStream',
  httpStream: { port: Number(process.env.PORT), host: '127.0.0.1' },
})
