import { listExercises, readExercise } from '@guard-up/exercises'
import { describe, test } from 'vitest'
import { catalogue } from '../../src/catalogue.ts'
import { judgeAlone, judgeBroken, whyNotAlone } from '../broken.ts'

const exercises = await Promise.all(
  (await listExercises()).map((name) => readExercise(name)),
)

/** What its step promises: of anything later it says nothing. */
function promised(base: string): string[] {
  const step = Number(base.slice('step-'.length))
  return catalogue.filter(({ since }) => since <= step).map(({ id }) => id)
}

// Most of a judgement is waiting: some of them run side by side.
describe.concurrent('broken servers', () => {
  test.for(exercises)(
    '$name turns red what it names, and no more',
    async ({ name, base, red, network }, { expect, skip }) => {
      const obstacle = network && (await whyNotAlone())
      if (obstacle) {
        console.warn(`${name}: ${obstacle}`)
        skip(obstacle)
      }
      const judge = network ? judgeAlone : judgeBroken
      const failing = await judge(name, promised(base))
      const why = failing.map((r) => `${r.id}: ${r.why}`).join('\n')
      expect(failing.map(({ id }) => id).sort(), why).toEqual([...red].sort())
    },
  )
})
