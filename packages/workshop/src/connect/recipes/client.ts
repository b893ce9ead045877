import type { Step, Text } from 'guardcheck'
import type { Word } from '../shells.ts'

/** Which server a client is to be connected to. */
export interface Ask {
  step: Step
  url: string
  /** What the client calls it. */
  name: string
  /** The folder of this repository, with forward slashes. */
  root: string
}

/** One thing to do, in the order in which it is done. */
export type Part = { say: Text } & (
  | { kind: 'secret'; name: string }
  | { kind: 'variable'; name: string; value: Word }
  | { kind: 'run'; words: Word[] }
  | { kind: 'file'; path: Text; syntax: 'json' | 'toml' | 'js'; text: string }
  | { kind: 'note' }
)

/** What somebody sees when it does not connect, and why. */
export interface Trouble {
  /** As the program shows it; in Japanese only where that differs. */
  seen: { en: string; ja?: string }
  why: Text
}

/** A program that calls MCP servers, and how it is told about one. */
export interface Client {
  name: string
  title: string
  /** The pages that this is from. */
  docs: string[]
  /** What was run here, with which version; absent: its documentation. */
  ran?: { version: string; what: Text }
  /** Where the secret lies, and who reads it from there. */
  secret: Text
  /** How it comes to trust a certificate authority of one's own. */
  ca: Text
  /** How somebody signs in at step 3, and which client the issuer sees. */
  signsIn: Text
  troubles: Trouble[]
  parts(ask: Ask): Part[]
}

/** The day on which all of this was looked up, and run where it says so. */
export const asOf = '2026-11-23'

/** The port of a step, as `pnpm step` serves it. */
export const portOf = (step: Step) => 3000 + step

/** What a client is asked to connect to. */
export function createAsk(step: Step, port: number, root: string): Ask {
  const url =
    step === 3
      ? `https://localhost:${port}/mcp`
      : `http://127.0.0.1:${port}/mcp`
  return { step, url, name: `guard-up-${step}`, root: root.replace(/\/$/, '') }
}
