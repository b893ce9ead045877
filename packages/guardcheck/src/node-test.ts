import { describe, test } from 'node:test'
import { casesOf, type DescribeOptions } from './judge/describe.ts'
import type { SubjectOptions } from './probe/options.ts'

/**
 * One test of `node:test` per property of a server of your own. What could
 * not be decided is skipped, with the reason.
 */
export function describeProperties(
  name: string,
  subject: () => SubjectOptions | Promise<SubjectOptions>,
  options: DescribeOptions = {},
): void {
  describe(name, () => {
    for (const { name: title, excepted, run } of casesOf(subject, options)) {
      test(title, { timeout: 60_000 }, async (context) => {
        const undecided = excepted ?? (await run())
        if (undecided) context.skip(undecided)
      })
    }
  })
}
