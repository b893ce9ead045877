// The process boundary is the guard: no port is opened, and only whoever may
// start this program can call its tools.
import { openOffice } from '@guard-up/office'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { createMcp } from './mcp.ts'

const office = await openOffice()
const server = createMcp(office)
server.server.onclose = () => office.close()
process.stdin.once('end', () => server.close())
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => server.close())
}
await server.connect(new StdioServerTransport())
