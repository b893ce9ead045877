import type { Text } from './language.ts'
import type { Subject } from './probe/subject.ts'

export type { Text } from './language.ts'
export { expect, NotApplicable, Violation } from './verdicts.ts'

/** A step of the series: 0 no guard, 1 bearer, 2 secrets, 3 HTTPS and OAuth. */
export type Step = 0 | 1 | 2 | 3

/** What a check cannot do without; lacking it, it is not applicable. */
export type Need =
  | 'token'
  | 'second-token'
  | 'process'
  | 'mirror'
  | 'keys'
  | 'issuer'
  | 'lying-issuer'
  | 'intrusive'

/** One security property of an MCP server over HTTP, as data. */
export interface Property {
  /** `family/short-noun`; never reused: its folder and its file. */
  id: `${string}/${string}`
  /** A proposition about the server, in the present tense. */
  claim: Text
  /** Links to the sections that it comes from; empty for our own rule. */
  source: string[]
  /** Items of the OWASP MCP Top 10, such as `MCP01`. */
  owasp: string[]
  /** As in the source; `policy` is a rule of our own. */
  level: 'must' | 'should' | 'policy'
  /** The first step at which it holds; it is asserted to fail before. */
  since: Step
  needs: Need[]
  /**
   * Whether it waits on purpose or starts servers of its own, so that whoever
   * judges many servers asks it only where it matters.
   */
  slow?: true
  /** What to do about it, in a sentence or two. */
  advice: Text
  /**
   * Resolves when the property holds.
   * @throws {Violation} when it does not, with the exchange that shows it
   * @throws {NotApplicable} when this server gives nothing to decide it by
   */
  check(subject: Subject): Promise<void>
}
