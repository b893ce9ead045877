import { type Office, OfficeError } from '@guard-up/office'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'

/** Registers what a caller may do in the office: read, query, check, act. */
export function registerTools(server: McpServer, office: Office): void {
  server.registerTool(
    'read_document',
    {
      description: 'Reads a document of the office; "." lists them all.',
      inputSchema: { path: z.string() },
      annotations: { readOnlyHint: true },
    },
    ({ path }) => answer(() => office.readDocument(path)),
  )
  server.registerTool(
    'query_customers',
    {
      description: 'Runs one read-only SQL query on the customer database.',
      inputSchema: { sql: z.string() },
      annotations: { readOnlyHint: true },
    },
    ({ sql }, { signal }) => answer(() => office.queryCustomers(sql, signal)),
  )
  server.registerTool(
    'check_stock',
    {
      description:
        'Asks the internal stock API how many of a product are left.',
      inputSchema: { sku: z.string() },
      annotations: { readOnlyHint: true },
    },
    ({ sku }) => answer(() => office.checkStock(sku)),
  )
  server.registerTool(
    'issue_refund',
    {
      description: 'Pays a customer back, in yen, and writes it in the ledger.',
      inputSchema: {
        customer: z.string(),
        amount: z.number(),
        reason: z.string(),
      },
      annotations: { destructiveHint: true },
    },
    (refund, { authInfo, signal }) => {
      const by = authInfo?.clientId ?? 'nobody'
      return answer(() => office.issueRefund({ ...refund, by }, signal))
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
