import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

export async function connect({ url, headers, authProvider }) {
  const client = new Client({ name: 'sdk-v1', version: '1.0.0' })
  const requestInit = { headers }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), {
      requestInit,
      authProvider,
    }),
  )
  return {
    call: (name, args) => client.callTool({ name, arguments: args }),
    close: () => client.close(),
  }
}
