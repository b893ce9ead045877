import { listExercises, readExercise } from '@guard-up/exercises'
import { describe, test } from 'vitest'
import { catalogue } from '../../src/catalogue.ts'
import { judgeAlone, judgeBroken, whyNotAlone } from '../broken.ts'

const exercises = await Promise.all(
  (await listExercises()).map((name) => readExercise(name)),
)

/** Properties that the step of the exercise has not gained yet. */
function notYet(base: string): string[] {
  const step = Number(base.slice('step-'.length))
  return catalogue.filter(({ since }) => since > step).map(({ id }) => id)
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
      const failing = await (network ? judgeAlone(name) : judgeBroken(name))
      const broken = failing.filter(({ id }) => !notYet(base).includes(id))
      const why = broken.map((r) => `${r.id}: ${r.why}`).join('\n')
      expect(broken.map(({ id }) => id).sort(), why).toEqual([...red].sort())
    },
  )
})
