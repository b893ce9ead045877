import { MCPClient } from 'mcp-client'

// It has no option for a header or for signing in: what is given stays here.
export async function connect({ url }) {
  const client = new MCPClient({ name: 'mcp-client', version: '1.0.0' })
  await client.connect({ type: 'httpStream', url })
  return {
    call: (name, args) => client.callTool({ name, arguments: args }),
    close: () => client.close(),
  }
}
