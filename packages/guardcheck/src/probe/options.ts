import type { LyingIssuer } from '../liar/issuer.ts'
import type { StartedProcess } from '../process/start.ts'
import type { Authority } from '../sign-in/authority.ts'
import type { Person } from '../sign-in/browser.ts'
import type { Certificate } from './certificate.ts'
import type { Dialect } from './dialect.ts'
import type { Keys } from './keys.ts'

/** A tool call whose effect can be counted from outside. */
export interface Effect {
  /** The tool that has it, and arguments that it accepts. */
  name: string
  arguments: Record<string, unknown>
  /** How often it has happened so far. */
  count(): Promise<number>
  /** Whom it was written down for, the last one last. */
  callers?(): Promise<string[]>
}

/** A tool that may be called, whose effect nobody counts. */
export interface Call {
  name: string
  arguments: Record<string, unknown>
}

/** A tool that answers with all that it is given. */
export interface Mirror extends Call {
  /**
   * Starts a copy of the server that has the tool and takes the same tokens,
   * where the server itself is to have none.
   */
  open?(): Promise<{ url: URL; stop(): Promise<void> }>
}

/** What may still be sent; it is used up by whoever sends. */
export interface Allowance {
  requests: number
  bytes: number
}

/** A tool that reads what lies at a path. */
export interface Reader {
  name: string
  arguments(path: string): Record<string, unknown>
}

/** A tool that asks another server. */
export interface Upstream {
  name: string
  arguments: Record<string, unknown>
  /** Every request that the other server has got, whole. */
  received(): string[]
}

/** The authorization server of a subject, and who we can be there. */
export interface IssuerHold {
  /** Its name, exactly as tokens say it. */
  issuer: string
  /** PEM of a private certificate authority. */
  ca?: string | undefined
  /** A public client, and where its browser is sent back to. */
  clientId?: string | undefined
  redirectUri?: string | undefined
  /** Another public client with the same redirect URI. */
  otherClientId?: string | undefined
  /** Another resource that it gives tokens for. */
  otherResource?: string | undefined
  /** Somebody who can sign in. */
  person?: Person | undefined
  /** What they may let a client do; the first alone is less. */
  scopes: string[]
  /** Who may ask it about tokens for this subject. */
  introspection?: { id: string; secret: string } | undefined
  /** Who may ask it about tokens for `otherResource`, and for that alone. */
  otherIntrospection?: { id: string; secret: string } | undefined
  /** Lets the person give no more than these scopes; undefined removes them. */
  limitPerson?(scopes: string[] | undefined): Promise<void>
  /** Starts one like it that takes registrations. */
  startRegistering?(): Promise<StartedAuthority>
  /** Runs with one like it that reads client documents of this machine. */
  documents?(
    work: (started: {
      open(): Promise<Authority>
      documents: Documents
    }) => Promise<void>,
  ): Promise<void>
}

/** A hold on a client there, and on somebody who can sign in. */
export interface SignInHold extends IssuerHold {
  clientId: string
  redirectUri: string
  person: Person
}

/** An authorization server that was started for one check. */
export interface StartedAuthority {
  open(): Promise<Authority>
  stop(): Promise<void>
}

/** Where client documents are served from. */
export interface Documents {
  url(path: string): string
  /** Puts an answer at a path, and gives its URL. */
  put(
    path: string,
    answer: { status?: number; headers?: Record<string, string>; body: string },
  ): string
}

/** A running server under test: where it is, and what we hold of it. */
export interface SubjectOptions {
  url: URL
  /** How MCP is spoken there; the usual one when not told. */
  dialect?: Dialect | undefined
  /** A valid secret of one caller. */
  token?: string | undefined
  /** A valid secret of another caller. */
  secondToken?: string | undefined
  /** Secrets that were good once: expired, revoked, for another audience. */
  deadTokens?: string[] | undefined
  /** Header lines that every request needs to get there. */
  headers?: [name: string, value: string][] | undefined
  /** PEM of a private certificate authority. */
  ca?: string | undefined
  /** The bytes of a body that the server still reads; 4 MiB when not told. */
  maxBodyBytes?: number | undefined
  /** Milliseconds to wait for one answer. */
  timeoutMs?: number | undefined
  /** What all checks together may send; as much as they like if left out. */
  allowance?: Allowance | undefined
  /** Set only when the user named the tool, as `effect` is. */
  call?: Call | undefined
  /** Set only when the user named the tool: nothing else is ever called. */
  effect?: Effect | undefined
  /** The same for a tool that reads files. */
  reader?: Reader | undefined
  /** Set only when the user named the tool that shows what tools are given. */
  mirror?: Mirror | undefined
  /** The server's tokens, when we may replace them. */
  keys?: Keys | undefined
  /** The authorization server that it trusts, when that one is ours. */
  liar?: LyingIssuer | undefined
  /** A tool that asks another server, and what that one was sent. */
  upstream?: Upstream | undefined
  /** The authorization server that it trusts, when we can sign in there. */
  issuer?: IssuerHold | undefined
  /** The origin of a web page that may call the server. */
  origin?: string | undefined
  /** The path at which the server says that it is up. */
  health?: string | undefined
  /** The server's certificate, when we may replace it. */
  certificate?: Certificate | undefined
  /** What has a server that is started again throttle, and believe its
   * issuer for a minute, as it comes. */
  throttle?: Record<string, string | undefined> | undefined
  /** Files with other secrets of the server, by the variable that names each. */
  secretFiles?: Readonly<Record<string, string>> | undefined
  /** What has a server that is started again stand, in plain HTTP, behind a
   * proxy of this machine. */
  proxied?: Record<string, string | undefined> | undefined
  /** The server's process, when we started it. */
  process?: StartedProcess | undefined
  /** Whether floods and slow clients are allowed. */
  intrusive?: boolean | undefined
}
