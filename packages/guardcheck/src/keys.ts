import { createHash, randomBytes } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

/** What a caller is given: a secret under a name, for a time. */
export interface Grant {
  name: string
  secret: string
  /** Now when left out. */
  notBefore?: Date
  /** In an hour when left out; null for no end at all. */
  expiresAt?: Date | null
  /** What it may be used for, where that is asked; nothing when left out. */
  scopes?: string[]
}

/** A hold on the tokens that a server reads: their file and their form. */
export interface Keys {
  /** The environment variable that holds the tokens themselves. */
  variable: string
  /** The environment variable that names a file of them. */
  fileVariable: string
  /** The file that the running server reads. */
  file: string
  /**
   * What it held when the server started: the first two are the callers of
   * `token` and `secondToken`.
   */
  grants: readonly Grant[]
  /** A secret in the form that the server takes. */
  createSecret(): string
  /** The text that gives callers their secrets. */
  format(grants: readonly Grant[]): string
  /** Puts a text in the file's place, whole, readable by its owner only. */
  replace(text: string): Promise<void>
  /** The operator's command; it keeps the file that `fileVariable` names. */
  command?: [program: string, ...args: string[]] | undefined
}

const hour = 60 * 60 * 1000

/** A hold on tokens as the steps keep them, from the second one on. */
export function createKeys(
  file: string,
  options: Pick<Keys, 'command'> & { grants?: Grant[] } = {},
): Keys {
  return {
    variable: 'MCP_TOKENS',
    fileVariable: 'MCP_TOKENS_FILE',
    file,
    grants: options.grants ?? [],
    createSecret,
    format,
    async replace(text) {
      await writeFile(`${file}.new`, text, { mode: 0o600 })
      await rename(`${file}.new`, file)
    },
    command: options.command,
  }
}

/** A secret as `pnpm key mint` makes it. */
export function createSecret(): string {
  const body = `gup_${randomBytes(32).toString('base64url')}_`
  return body + crc32(body).toString(16).padStart(8, '0')
}

function format(grants: readonly Grant[]): string {
  const tokens = grants.map((grant) => {
    const { name, secret, notBefore = new Date() } = grant
    const { expiresAt = new Date(Date.now() + hour) } = grant
    const digest = createHash('sha256').update(secret).digest('hex')
    const { scopes = [] } = grant
    const token = { name, digest, scopes, notBefore }
    return expiresAt ? { ...token, expiresAt } : token
  })
  return `${JSON.stringify(tokens, null, 2)}\n`
}
