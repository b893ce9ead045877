import { z } from 'zod'

const url = z.url({ protocol: /^https?$/ })
const texts = z.record(z.string(), z.string())

/** A server that a client starts itself; every client knows this one. */
const program = z.strictObject({
  command: z.string(),
  args: z.array(z.string()),
  env: texts.optional(),
})

const servers = (server: z.ZodType) =>
  z.strictObject({ mcpServers: z.record(z.string(), server) })

/** What each client's documentation lets its file hold, as far as it is used. */
export const schemas: Record<string, z.ZodType> = {
  // https://code.claude.com/docs/en/mcp
  '.mcp.json': servers(
    z.strictObject({
      type: z.literal('http'),
      url,
      headers: texts.optional(),
    }),
  ),
  // https://modelcontextprotocol.io/docs/develop/connect-local-servers
  'claude_desktop_config.json': servers(program),
  // https://code.visualstudio.com/docs/copilot/reference/mcp-configuration
  '.vscode/mcp.json': z.strictObject({
    inputs: z
      .array(
        z.strictObject({
          type: z.literal('promptString'),
          id: z.string(),
          description: z.string(),
          password: z.literal(true),
        }),
      )
      .optional(),
    servers: z.record(
      z.string(),
      z.discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('http'),
          url,
          headers: texts.optional(),
        }),
        program.extend({ type: z.literal('stdio') }),
      ]),
    ),
  }),
  // https://cursor.com/docs/mcp
  '.cursor/mcp.json': servers(
    z.union([
      z.strictObject({ url, headers: texts.optional() }),
      program.extend({ type: z.literal('stdio') }),
    ]),
  ),
  // https://developers.openai.com/codex/mcp
  '~/.codex/config.toml': z.strictObject({
    mcp_servers: z.record(
      z.string(),
      z.strictObject({ url, bearer_token_env_var: z.string().optional() }),
    ),
  }),
  // https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md
  '~/.gemini/settings.json': servers(
    z.strictObject({
      url,
      type: z.literal('http'),
      headers: texts.optional(),
    }),
  ),
  // https://github.com/punkpeye/mcp-remote
  'mcp.json': servers(program),
  // https://modelcontextprotocol.io/specification/2025-11-25/server/tools
  'call.json': z.strictObject({
    jsonrpc: z.literal('2.0'),
    id: z.number(),
    method: z.literal('tools/call'),
    params: z.strictObject({ name: z.string(), arguments: texts }),
  }),
}
