// Run with: MCP_URL=http://127.0.0.1:3000/mcp MCP_TOKEN=… node --test
import { describeProperties } from 'guardcheck/node-test'

describeProperties(
  'my server',
  () => ({ url: new URL(process.env.MCP_URL), token: process.env.MCP_TOKEN }),
  { step: 1 },
)
