import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Dialect } from '../probe/dialect.ts'
import type { Evidence } from '../probe/evidence.ts'
import type { SubjectOptions } from '../probe/options.ts'
import { createSubject } from '../probe/subject.ts'
import { showUrl } from '../probe/text/traces.ts'
import type { StartedProcess } from '../process/start.ts'
import {
  type Need,
  NotApplicable,
  type Property,
  type Step,
  Violation,
} from '../property.ts'
import { allowanceFor } from './budget.ts'
import { detect } from './detect.ts'

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
  /** How MCP was spoken with it. */
  dialect: Dialect
  /** What is wrong with the endpoint, when nothing could be asked of it. */
  unreachable?: string
  /** Why little could be decided: a token that was given is not taken. */
  refused?: string
  /** The highest step whose applicable MUSTs and SHOULDs hold; −1 if none. */
  level: -1 | Step
  results: Result[]
  /** When it was begun, and the milliseconds that it took. */
  date: Date
  durationMs: number
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
  const { process: started } = options
  if (started && dead.has(started)) {
    const why = 'The server had ended before.'
    return { property, verdict: 'not-applicable', why, evidence: [] }
  }
  const subject = createSubject(options)
  const result = (verdict: Result['verdict'], why = ''): Result => ({
    property,
    verdict,
    why,
    evidence: subject.evidence.slice(-maxEvidence),
  })
  const slow = options.intrusive || options.process !== undefined
  const limitMs = slow ? checkMs.slow : checkMs.usual
  const clock = new AbortController()
  const late = setTimeout(limitMs, undefined, clock).then(() => {
    throw new NotApplicable(
      `After ${limitMs / 1000} seconds it was still undecided: the server is too slow to be judged by it.`,
    )
  })
  const found = async (): Promise<Result> => {
    try {
      await Promise.race([property.check(subject), late])
      return result('holds')
    } catch (error) {
      if (error instanceof Violation) return result('fails', error.message)
      if (error instanceof NotApplicable) {
        return result('not-applicable', error.message)
      }
      // One question that could not be put must not cost the other answers.
      const { message } = error as Error
      return result('not-applicable', `It could not be asked: ${message}`)
    } finally {
      clock.abort()
      subject.close('Its time is over.')
    }
  }
  const decided = await found()
  const end = started && (await findEnd(started, options))
  if (!end) return decided
  dead.add(started)
  const { why, evidence } = decided
  return { property, verdict: 'fails', why: `${end} ${why}`.trim(), evidence }
}

/** Processes that a property was the end of: nothing else is asked of them. */
const dead = new WeakSet<StartedProcess>()

/** How a process ended, in a sentence; undefined while it lives and answers. */
async function findEnd(
  { ended }: StartedProcess,
  options: SubjectOptions,
): Promise<string | undefined> {
  const gone = await isGone(options)
  const code = await Promise.race([ended, setImmediate()])
  if (code !== undefined) {
    return `It ended the server's process, with exit status ${code}.`
  }
  return gone ? 'Since then the server answers nobody.' : undefined
}

/** Milliseconds that one property may take; the slow ones wait on purpose. */
const checkMs = { usual: 60_000, slow: 240_000 }
/** Milliseconds for all of them together, where none waits on purpose. */
const wholeMs = 10 * 60_000

/** What a missing need means, in a sentence. */
const reasons: Record<Need, string> = {
  token: 'It needs a valid token: give one with --token-env.',
  'second-token':
    "It needs another caller's token: give one with --second-token-env.",
  process: 'It needs a hold on the process: start the server with --start.',
  mirror:
    'It needs a tool that answers with all it is given: name it with --mirror.',
  keys: "It needs a hold on the server's tokens, their file and how to write it: give one with --keys.",
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
    case 'mirror':
      return options.mirror !== undefined
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
  given: SubjectOptions,
  onResult: (result: Result) => void = () => {},
): Promise<Report> {
  const { url, token, secondToken, headers = [] } = given
  const target = showUrl(url, [
    token,
    secondToken,
    ...headers.map(([, value]) => value),
  ])
  const date = new Date()
  const start = performance.now()
  const results: Result[] = []
  const allowance = given.allowance ?? allowanceFor(given)
  const limited = { ...given, allowance }
  const { unreachable, refused, ...found } = await detect(limited)
  const options = { ...limited, dialect: found.dialect }
  const report = (level: Report['level']): Report => ({
    target,
    ...found,
    level,
    results,
    date,
    durationMs: performance.now() - start,
  })
  if (unreachable) return { ...report(-1), unreachable }
  const end = Date.now() + wholeMs
  let gone = ''
  for (const property of properties) {
    const result: Result = gone
      ? { property, verdict: 'not-applicable', why: gone, evidence: [] }
      : await judge(property, options)
    results.push(result)
    onResult(result)
    if (gone) continue
    const { process: started } = options
    const lost = started
      ? dead.has(started)
      : result.evidence.at(-1)?.failure && (await isGone(options))
    if (lost) {
      gone = `The server stopped answering when ${property.id} was asked.`
    }
    if (Date.now() > end && !options.intrusive && !options.process) {
      gone = `The server is too slow: ${wholeMs / 60_000} minutes were used up before.`
    }
  }
  // A hole in the guard shows without a token; the rest would be silence.
  const fails = results.some(
    ({ property, verdict }) => verdict === 'fails' && property.since <= 1,
  )
  if (refused && !fails) return { ...report(-1), unreachable: refused }
  return { ...report(levelOf(results)), ...(refused ? { refused } : {}) }
}

/** Whether nobody answers any more, asked twice. */
async function isGone(options: SubjectOptions): Promise<boolean> {
  for (const pause of [0, 1000]) {
    await setTimeout(pause)
    const subject = createSubject(options)
    const { status } = await subject.send()
    subject.close('')
    if (status !== 0) return false
  }
  return true
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
