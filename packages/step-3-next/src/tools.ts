import { type Office, OfficeError } from '@guard-up/office'
import type { CallToolResult, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

/** Registers what a caller may do in the office: read, query, check, act. */
export function registerTools(server: McpServer, office: Office): void {
  server.registerTool(
    'read_document',
    {
      description: 'Reads a document of the office; "." lists them all.',
      inputSchema: z.object({ path: z.string() }),
      annotations: { readOnlyHint: true },
    },
    ({ path }) => answer(() => office.readDocument(path)),
  )
  server.registerTool(
    'query_customers',
    {
      description: 'Runs one read-only SQL query on the customer database.',
      inputSchema: z.object({ sql: z.string() }),
      annotations: { readOnlyHint: true },
    },
    ({ sql }, { mcpReq }) =>
      answer(() => office.queryCustomers(sql, mcpReq.signal)),
  )
  server.registerTool(
    'check_stock',
    {
      description:
        'Asks the internal stock API how many of a product are left.',
      inputSchema: z.object({ sku: z.string() }),
      annotations: { readOnlyHint: true },
    },
    ({ sku }) => answer(() => office.checkStock(sku)),
  )
  server.registerTool(
    'issue_refund',
    {
      description: 'Pays a customer back, in yen, and writes it in the ledger.',
      inputSchema: z.object({
        customer: z.string(),
        amount: z.number(),
        reason: z.string(),
      }),
      annotations: { destructiveHint: true },
    },
    (refund, { http, mcpReq }) => {
      const by = http?.authInfo?.clientId ?? 'nobody'
      return answer(() => office.issueRefund({ ...refund, by }, mcpReq.signal))
    },
  )
}

/** The result as text; a refusal by the office is a tool error, in its words. */
async function answer(work: () => Promise<unknown>): Promise<CallToolResult> {
  try {
    const result = await work()
    const text = typeof result === 'string' ? result : JSON.stringify(result)
    return { content: [{ type: 'text', text }] }
  } catch (error) {
    if (!(error instanceof OfficeError)) console.error(error)
    const text =
      error instanceof OfficeError ? error.message : 'The tool failed.'
    return { content: [{ type: 'text', text }], isError: true }
  }
}
