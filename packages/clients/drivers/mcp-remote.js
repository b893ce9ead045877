import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { programOf } from '../program.js'

export async function connect({ url, headers }) {
  const lines = Object.entries(headers).flatMap(([name, value]) => [
    '--header',
    `${name}: ${value}`,
  ])
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      programOf('mcp-remote', 'mcp-remote'),
      ...[url, '--allow-http', '--transport', 'http-only', ...lines],
    ],
    env: process.env,
    stderr: 'pipe',
  })
  let said = ''
  transport.stderr.on('data', (bytes) => {
    said += bytes
  })
  const client = new Client({ name: 'desk', version: '1.0.0' })
  try {
    await client.connect(transport)
  } catch (error) {
    // Its user reads what it prints; the pipe that breaks says nothing.
    const [, why] = /error: (?:\w+: )?(.*)/i.exec(said) ?? []
    throw why ? new Error(why) : error
  }
  return {
    call: (name, args) => client.callTool({ name, arguments: args }),
    close: () => client.close(),
  }
}
