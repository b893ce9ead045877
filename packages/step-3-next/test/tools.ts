import type { Office } from '@guard-up/office'
import { inputRequired, type McpServer } from '@modelcontextprotocol/server'
import { registerTools as registerOffice } from '../src/tools.ts'

/**
 * The tools of the office, and three by which the conformance suite sees what
 * a server asks of a client: one for a model, one for a person, one that logs.
 */
export function registerTools(server: McpServer, office: Office): void {
  registerOffice(server, office)
  server.server.registerCapabilities({ logging: {} })
  server.registerTool('test_missing_capability', {}, () =>
    inputRequired({
      inputRequests: {
        answer: inputRequired.createMessage({ messages: [], maxTokens: 1 }),
      },
    }),
  )
  server.registerTool('test_streaming_elicitation', {}, () =>
    inputRequired({
      inputRequests: {
        name: inputRequired.elicit({
          message: 'A name for the test?',
          requestedSchema: {
            type: 'object',
            properties: { name: { type: 'string' } },
          },
        }),
      },
    }),
  )
  server.registerTool('test_logging_tool', {}, async ({ mcpReq }) => {
    await mcpReq.log('info', 'This line is of the test.')
    return { content: [{ type: 'text', text: 'Logged.' }] }
  })
}
