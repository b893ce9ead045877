import { listExercises, readExercise } from '@guard-up/exercises'
import { describe, test } from 'vitest'
import { judgeAlone, judgeBroken, related, whyNotAlone } from '../broken.ts'

const exercises = await Promise.all(
  (await listExercises()).map((name) => readExercise(name)),
)

// Most of a judgement is waiting: some of them run side by side.
describe.concurrent('broken servers', () => {
  test.for(exercises)(
    '$name turns red what it names, and no more of its families',
    async (exercise, { expect, skip }) => {
      const { name, red, network } = exercise
      const obstacle = network && (await whyNotAlone())
      if (obstacle) {
        console.warn(`${name}: ${obstacle}`)
        skip(obstacle)
      }
      const judge = network ? judgeAlone : judgeBroken
      const failing = await judge(name, related(exercise))
      const why = failing.map((r) => `${r.id}: ${r.why}`).join('\n')
      expect(failing.map(({ id }) => id).sort(), why).toEqual([...red].sort())
    },
  )
})
