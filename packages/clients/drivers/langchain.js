import { MultiServerMCPClient } from '@langchain/mcp-adapters'

export async function connect({ url, headers, authProvider }) {
  const client = new MultiServerMCPClient({
    office: { transport: 'http', url, headers, authProvider },
  })
  const tools = await client.getTools()
  return {
    call: (name, args) => tools.find((tool) => tool.name === name).invoke(args),
    close: () => client.close(),
  }
}
