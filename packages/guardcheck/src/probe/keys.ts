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
