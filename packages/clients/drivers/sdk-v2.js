import {
  Client,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'

export async function connect({ url, headers, authProvider }) {
  const client = new Client({ name: 'sdk-v2', version: '1.0.0' })
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
