import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mintSecret } from '../bin/mint.ts'
import { digestOf } from '../src/keys.ts'
import { type Server, scratch, startServer } from './scratch.ts'

/** A server beside the file that it reads. */
export interface Served {
  cwd: string
  file: string
  server: Server
  /** The secret of desk, which is in the file from the start. */
  secret: string
  /** The file as it was at the start. */
  first: string
  /** The secret of night, who is only in `next`. */
  added: string
  next: string
}

/** Puts a text in place of another, readable by its owner. */
export const write = (file: string, text: string) =>
  writeFileSync(file, text, { mode: 0o600 })

/** Starts a server with one token in its file. */
export async function serve(): Promise<Served> {
  const cwd = scratch()
  const file = join(cwd, 'tokens.json')
  const [secret, added] = [mintSecret(), mintSecret()]
  const times = {
    notBefore: '2026-01-01T00:00:00Z',
    expiresAt: '2100-01-01T00:00:00Z',
  }
  const desk = { name: 'desk', digest: digestOf(secret), ...times }
  const night = { name: 'night', digest: digestOf(added), ...times }
  const first = JSON.stringify([desk])
  write(file, first)
  const server = await startServer(cwd, { MCP_TOKENS_FILE: file })
  const next = JSON.stringify([desk, night])
  return { cwd, file, server, secret, first, added, next }
}

/** The errors that a server has logged. */
export const errors = (server: Server) =>
  server.log().match(/^.*"level":50.*$/gm) ?? []
