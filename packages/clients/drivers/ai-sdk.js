import { createMCPClient } from '@ai-sdk/mcp'

export async function connect({ url, headers, authProvider }) {
  const client = await createMCPClient({
    transport: { type: 'http', url, headers, authProvider },
  })
  return {
    async call(name, args) {
      const tools = await client.tools()
      return tools[name].execute(args, { toolCallId: 'one', messages: [] })
    },
    close: () => client.close(),
  }
}
