import { listExercises, readExercise } from '@guard-up/exercises'
import { describe, test } from 'vitest'
import { catalogue } from '../src/catalogue.ts'
import { judgeAlone, judgeBroken, whyNotAlone } from './broken.ts'

const exercises = await Promise.all(
  (await listExercises()).map((name) => readExercise(name)),
)
// Those of step 2 wait for tokens to expire: long/exercises.test.ts has them.
const quick = exercises.filter(({ base }) => base !== 'step-2')

// That they turn nothing else red is tested in long/exercises.test.ts.
describe.concurrent('broken servers', () => {
  test.for(quick)(
    '$name turns red what it names',
    async ({ name, red, network }, { expect, skip }) => {
      const obstacle = network && (await whyNotAlone())
      if (obstacle) {
        console.warn(`${name}: ${obstacle}`)
        skip(obstacle)
      }
      const judge = network ? judgeAlone : judgeBroken
      const failing = await judge(name, red)
      expect(failing.map(({ id }) => id).sort()).toEqual([...red].sort())
    },
  )

  test('every property is turned red by a step or by a broken server', ({
    expect,
  }) => {
    const red = new Set(exercises.flatMap((exercise) => exercise.red))
    const never = catalogue
      .filter(({ since }) => since === 0)
      .map(({ id }) => id)
      .filter((id) => !red.has(id))
    expect(never).toEqual([])
  })
})
