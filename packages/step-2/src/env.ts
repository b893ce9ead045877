import { existsSync, readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { follow, readPrivate } from './files.ts'
import { readTokens, TokenStore } from './tokens.ts'

/**
 * Adds what a `.env` in the working directory sets and nothing else has.
 * @throws {Error} when there are arguments: everyone here can read those
 */
export function loadEnv(): void {
  if (process.argv.length > 2) {
    throw new Error('Set MCP_TOKENS_FILE instead of giving arguments.')
  }
  const text = existsSync('.env') ? readFileSync('.env') : undefined
  const own = parseEnv(new TextDecoder().decode(text))
  Object.assign(process.env, { ...own, ...process.env })
}

/**
 * The tokens of `MCP_TOKENS`, or of the file that `MCP_TOKENS_FILE` names.
 * A changed file counts within a second, at once on SIGHUP; a bad one never.
 * @throws {Error} which names the variable and the place, never the content
 */
export function openTokens(env: NodeJS.ProcessEnv): TokenStore {
  const { MCP_TOKENS: text, MCP_TOKENS_FILE: file } = env
  if (!text && !file) throw new Error('Set MCP_TOKENS_FILE or MCP_TOKENS.')
  if (text && file) throw new Error('Set one: MCP_TOKENS_FILE or MCP_TOKENS.')
  const source = file ? 'MCP_TOKENS_FILE' : 'MCP_TOKENS'
  const read = () => readTokens(source, file ? readPrivate(source, file) : text)
  const tokens = read()
  if (!tokens.length) throw new Error(`${source} lists no token: mint one.`)
  const store = new TokenStore()
  store.replace(tokens)
  // A pipe gives what it has once, so there is nothing to look at again.
  if (file && statSync(file).isFile()) follow(file, () => store.replace(read()))
  return store
}
