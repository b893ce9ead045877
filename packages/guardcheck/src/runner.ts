import {
  type Need,
  NotApplicable,
  type Property,
  type Step,
  Violation,
} from './property.ts'
import { createSubject, type Evidence, type SubjectOptions } from './subject.ts'

/** What was found about one property of one server. */
export interface Result {
  property: Property
  verdict: 'holds' | 'fails' | 'not-applicable'
  /** Why it fails or could not be decided; empty when it holds. */
  why: string
  /** The exchanges that decided it, secrets redacted, the last one last. */
  evidence: readonly Evidence[]
}

/** Everything that was found about one server. */
export interface Report {
  target: URL
  /** Whether a call without a credential was answered. */
  open: boolean
  /** What is wrong with the endpoint, when nothing could be asked of it. */
  unreachable?: string
  /** The highest step whose applicable MUSTs and SHOULDs hold; −1 if none. */
  level: -1 | Step
  results: Result[]
}

/** Exchanges kept as evidence of one property: the last ones decide. */
const maxEvidence = 6

/** Judges one property of one server; never throws for what a server does. */
export async function judge(
  property: Property,
  options: SubjectOptions,
): Promise<Result> {
  const lacking = property.needs.find((need) => !has(options, need))
  if (lacking) {
    const why = reasons[lacking]
    return { property, verdict: 'not-applicable', why, evidence: [] }
  }
  const subject = createSubject(options)
  const result = (verdict: Result['verdict'], why = ''): Result => ({
    property,
    verdict,
    why,
    evidence: subject.evidence.slice(-maxEvidence),
  })
  try {
    await property.check(subject)
    return result('holds')
  } catch (error) {
    if (error instanceof Violation) return result('fails', error.message)
    if (error instanceof NotApplicable) {
      return result('not-applicable', error.message)
    }
    // One question that could not be put must not cost the other answers.
    const { message } = error as Error
    return result('not-applicable', `It could not be asked: ${message}`)
  }
}

/** What a missing need means, in a sentence. */
const reasons: Record<Need, string> = {
  token: 'It needs a valid token: give one with --token-env.',
  'second-token':
    "It needs another caller's token: give one with --second-token-env.",
  process: 'It needs a hold on the process: start the server with --start.',
  keys: "It needs a hold on the server's tokens: their file, and how to write it.",
  issuer: 'It needs the authorization server: name it with --issuer.',
  'lying-issuer':
    'It needs an authorization server that lies: open one with --lying-issuer.',
  intrusive: 'It floods or stalls the server: allow that with --intrusive.',
}

function has(options: SubjectOptions, need: Need): boolean {
  switch (need) {
    case 'token':
      return options.token !== undefined
    case 'second-token':
      return options.secondToken !== undefined
    case 'process':
      return options.process !== undefined
    case 'keys':
      return options.keys !== undefined
    case 'issuer':
      return options.issuer !== undefined
    case 'lying-issuer':
      return options.liar !== undefined
    case 'intrusive':
      return options.intrusive === true
  }
}

/** Judges properties one after the other: some count what others cause. */
export async function judgeAll(
  properties: readonly Property[],
  options: SubjectOptions,
  onResult: (result: Result) => void = () => {},
): Promise<Report> {
  const results: Result[] = []
  const { open, unreachable } = await knock(options)
  if (unreachable) {
    return { target: options.url, open, unreachable, level: -1, results }
  }
  for (const property of properties) {
    const result = await judge(property, options)
    results.push(result)
    onResult(result)
  }
  return { target: options.url, open, level: levelOf(results), results }
}

/** The first call, without a credential: who answers, and with what? */
async function knock(
  options: SubjectOptions,
): Promise<{ open: boolean; unreachable?: string }> {
  const subject = createSubject(options)
  const answer = await subject.send()
  if (answer.status === 0) {
    const unreachable = `did not answer (${answer.exchange.failure}).`
    return { open: false, unreachable }
  }
  const answersMcp = answer.messages().some((m) => m.jsonrpc === '2.0')
  const open = answer.status === 200 && answersMcp
  if (open || answersMcp || [400, 401, 403, 429].includes(answer.status)) {
    return { open }
  }
  const unreachable = `is no MCP endpoint: it answered ${answer.status} to initialize.`
  return { open, unreachable }
}

/** The highest step whose applicable MUSTs and SHOULDs hold, and below it. */
function levelOf(results: Result[]): -1 | Step {
  const failing = results
    .filter(({ verdict }) => verdict === 'fails')
    .filter(({ property }) => property.level !== 'policy')
    .map(({ property }) => property.since)
  const highest = Math.max(0, ...results.map((r) => r.property.since))
  return (Math.min(highest + 1, ...failing) - 1) as -1 | Step
}
