import { claudeCode } from './claude-code.ts'
import { claudeDesktop } from './claude-desktop.ts'
import type { Client } from './client.ts'
import { codex } from './codex.ts'
import { curl } from './curl.ts'
import { cursor } from './cursor.ts'
import { gemini } from './gemini.ts'
import { mcpInspector } from './inspector.ts'
import { mcpRemote } from './mcp-remote.ts'
import { sdk } from './sdk.ts'
import { vscode } from './vscode.ts'

/** Every client, in the order in which they are listed. */
export const clients: readonly Client[] = [
  claudeCode,
  claudeDesktop,
  vscode,
  cursor,
  codex,
  gemini,
  mcpRemote,
  mcpInspector,
  curl,
  sdk,
]
