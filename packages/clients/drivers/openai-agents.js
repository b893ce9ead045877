import { MCPServerStreamableHttp } from '@openai/agents'

export async function connect({ url, headers, authProvider }) {
  const server = new MCPServerStreamableHttp({
    name: 'office',
    url,
    requestInit: { headers },
    authProvider,
  })
  await server.connect()
  return {
    call: (name, args) => server.callToolResult(name, args),
    close: () => server.close(),
  }
}
