import { existsSync, readFileSync, statSync, watchFile } from 'node:fs'
import { log } from './audit.ts'
import { readTokens, TokenStore } from './tokens.ts'

/**
 * Adds what a `.env` in the working directory sets and nothing else has.
 * @throws {Error} when there are arguments: everyone here can read those
 */
export function loadEnv(): void {
  if (process.argv.length > 2) {
    throw new Error('Set MCP_TOKENS_FILE instead of giving arguments.')
  }
  if (existsSync('.env')) process.loadEnvFile()
}

/**
 * The tokens of `MCP_TOKENS`, or of the file that `MCP_TOKENS_FILE` names;
 * undefined where an authorization server issues all of them.
 * A changed file counts within a second, at once on SIGHUP; a bad one never.
 * @throws {Error} which names the variable and the place, never the content
 */
export function openTokens(env: NodeJS.ProcessEnv): TokenStore | undefined {
  const { MCP_TOKENS: text, MCP_TOKENS_FILE: file } = env
  if (!text && !file && env.OAUTH_ISSUER) return undefined
  if (!text && !file) throw new Error('Set OAUTH_ISSUER or MCP_TOKENS_FILE.')
  if (text && file) throw new Error('Set one: MCP_TOKENS_FILE or MCP_TOKENS.')
  const source = file ? 'MCP_TOKENS_FILE' : 'MCP_TOKENS'
  const tokens = readTokens(source, file ? readPrivate(file) : text)
  if (!tokens.length) throw new Error(`${source} lists no token: mint one.`)
  const store = new TokenStore(tokens)
  // A pipe gives what it has once, so there is nothing to look at again.
  if (!file || !statSync(file).isFile()) return store
  let tried: string | undefined
  follow(file, () => {
    const text = readPrivate(file)
    // A signal and the watch may both see one change.
    if (text === tried) return
    tried = text
    store.replace(readTokens(source, text))
  })
  return store
}

/** Reloads a changed file within a second, at once on SIGHUP. */
export function follow(file: string, reload: () => void): void {
  const attempt = () => {
    try {
      reload()
    } catch (error) {
      log.error(`${(error as Error).message} What was read before stays.`)
    }
  }
  process.on('SIGHUP', attempt)
  // Looks at what the path leads to, through renames and swapped symlinks.
  watchFile(file, { interval: 500, persistent: false }, attempt)
}

/** The text of a file that only its owner may read. */
export function readPrivate(file: string, variable = 'MCP_TOKENS_FILE') {
  const stat = statSync(file, { throwIfNoEntry: false })
  const refuse = (why: string) => new Error(`${variable} ${why}.`)
  if (!stat) throw refuse('names no file')
  if (stat.isDirectory()) throw refuse('names a directory')
  if (process.platform !== 'win32' && stat.mode & 0o077) {
    throw refuse('names a file that others may read: chmod 600 it')
  }
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw refuse('names a file that cannot be read')
  }
}
