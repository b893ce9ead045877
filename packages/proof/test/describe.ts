import { describe, test } from 'vitest'
import { catalogue } from '../../guardcheck/src/catalogue.ts'
import { judge } from '../../guardcheck/src/judge/runner.ts'
import type { SubjectOptions } from '../../guardcheck/src/probe/options.ts'
import type { Property, Step } from '../../guardcheck/src/property.ts'

/** How a server is described to vitest. */
export interface DescribeOptions {
  /** The step whose promises it makes; a later `since` must still fail. */
  step: Step
  properties?: readonly Property[]
}

/**
 * One test per property: it holds from its `since`, and is asserted to fail
 * before. What could not be decided fails too: a skip would be green forever.
 */
export function describeExactly(
  name: string,
  subject: () => SubjectOptions,
  { step, properties = catalogue }: DescribeOptions,
): void {
  // In their order, even where several servers are judged side by side.
  describe.sequential(name, () => {
    for (const property of properties) {
      const { id, claim, since } = property
      const expected = step >= since ? 'holds' : 'fails'
      const title = `${id} › ${expected === 'holds' ? '' : 'not yet: '}${claim.en}`
      test(title, async () => {
        const { verdict, why, evidence } = await judge(property, subject())
        if (verdict === expected) return
        const exchange = evidence.at(-1)
        throw new Error(
          `${id} ${verdict} at step ${step}, and should be: ${expected}. ${why}\n` +
            `${exchange?.sent ?? ''}\n\n${exchange?.received ?? ''}`,
        )
      })
    }
  })
}
