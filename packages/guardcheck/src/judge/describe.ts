import type { SubjectOptions } from '../probe/options.ts'
import type { Property } from '../property.ts'
import { type Choice, chooseProperties, refusePlain } from './check.ts'
import { detect } from './detect.ts'
import { judge } from './runner.ts'

/** How a server of one's own is described to a test runner. */
export interface DescribeOptions extends Choice {
  /** Ids of properties that the server is known not to have, and why. */
  except?: Record<string, string>
  /** Allows a token to travel over plain HTTP beyond this machine. */
  plainHttp?: boolean
}

/** One test of a test runner: what it is called, and what it does. */
export interface Case {
  name: string
  /** Why it is skipped before it is run. */
  excepted?: string | undefined
  /** Resolves with why nothing could be decided, or with nothing. */
  run(): Promise<string | undefined>
}

/**
 * A test for each chosen property, after one for the endpoint itself: where
 * that fails, nothing else could be decided. Each fails with what the server did
 * instead, the exchange, and what to do about it.
 * @throws {Error} when an exception names no property
 */
export function casesOf(
  subject: () => SubjectOptions | Promise<SubjectOptions>,
  { except = {}, plainHttp, ...choice }: DescribeOptions,
): Case[] {
  chooseProperties({ only: Object.keys(except) })
  const open = async () => {
    const options = await subject()
    if (!plainHttp) refusePlain(options)
    return options
  }
  const first: Case = {
    name: 'the endpoint answers, and takes the token',
    async run() {
      const options = await open()
      const { unreachable, refused } = await detect(options)
      const wrong = unreachable ?? refused
      if (wrong) throw new Error(`${options.url.href} ${wrong}`)
      return undefined
    },
  }
  const rest = chooseProperties(choice).map((property) => ({
    name: `${property.id}: ${property.claim.en}`,
    excepted: except[property.id],
    async run() {
      const { verdict, why, evidence } = await judge(property, await open())
      if (verdict === 'not-applicable') return why
      if (verdict === 'holds') return undefined
      const exchange = evidence.at(-1)
      throw new Error(explain(property, why, exchange))
    },
  }))
  return [first, ...rest]
}

const explain = (
  { advice }: Property,
  why: string,
  exchange?: { sent: string; received: string; failure?: string },
) =>
  [
    why,
    advice.en,
    ...(exchange
      ? ['', exchange.sent, '', exchange.received || exchange.failure || '']
      : []),
  ].join('\n')
