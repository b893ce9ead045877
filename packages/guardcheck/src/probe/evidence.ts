import { NotApplicable } from '../verdicts.ts'
import type { SubjectOptions } from './options.ts'
import { createRedactor } from './text/redact.ts'

/** One kept exchange, secrets already redacted. */
export interface Evidence {
  sent: string
  /** Empty when nothing came back. */
  received: string
  failure?: string
}

/** What a subject sent and got, without its secrets. */
export function openEvidence(options: SubjectOptions) {
  const evidence: Evidence[] = []
  const hidden = [
    options.token,
    options.secondToken,
    ...(options.deadTokens ?? []),
    // What a gateway wants to see is often a secret as well.
    ...(options.headers?.map(([, value]) => value) ?? []),
    ...(options.keys?.grants.map(({ secret }) => secret) ?? []),
  ]
  let redact = createRedactor(hidden)
  return {
    evidence,
    keep(sent: string, received: string, failure?: string) {
      const cut = (text: string) =>
        text.length > 4000
          ? `${text.slice(0, 4000)}… (${text.length} characters)`
          : text
      const kept = { sent: cut(redact(sent)), received: cut(redact(received)) }
      evidence.push(failure ? { ...kept, failure } : kept)
    },
    hide(secret: string) {
      hidden.push(secret)
      redact = createRedactor(hidden)
    },
  }
}

/** What a subject may still send; it is shut at the end of its time. */
export function openPurse({ allowance }: SubjectOptions) {
  let over: string | undefined
  return {
    /** @throws {NotApplicable} when nothing more may be sent */
    requireOpen() {
      if (over !== undefined) throw new NotApplicable(over)
      if (!allowance || (allowance.requests > 0 && allowance.bytes > 0)) return
      throw new NotApplicable('As much as may be sent has been sent before.')
    },
    spend(bytes: number) {
      if (!allowance) return
      allowance.requests -= 1
      allowance.bytes -= bytes
    },
    shut(why: string) {
      over = why
    },
  }
}
