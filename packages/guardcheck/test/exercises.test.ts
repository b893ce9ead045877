import { buildExercise, listExercises, readExercise } from '@guard-up/exercises'
import { describe, expect, test } from 'vitest'
import { catalogue } from '../src/catalogue.ts'
import { judgeAll } from '../src/runner.ts'
import { startSubject } from './subjects.ts'

const exercises = await Promise.all(
  (await listExercises()).map((name) => readExercise(name)),
)

/** What the exercise breaks, beyond what its step has not gained yet. */
function broken(base: string, ids: string[]): string[] {
  const step = Number(base.slice('step-'.length))
  const later = catalogue.filter(({ since }) => since > step).map((p) => p.id)
  return ids.filter((id) => !(later as string[]).includes(id)).sort()
}

describe('broken servers', () => {
  test.each(exercises)(
    '$name turns red what it names, and no more',
    async ({ name, base, red }) => {
      const subject = await startSubject(await buildExercise(name))
      try {
        const { results } = await judgeAll(catalogue, subject.options)
        const failing = results.filter(({ verdict }) => verdict === 'fails')
        const ids = failing.map(({ property }) => property.id)
        const why = failing.map((r) => `${r.property.id}: ${r.why}`).join('\n')
        expect(broken(base, ids), why).toEqual([...red].sort())
      } finally {
        await subject.stop()
      }
    },
  )

  test('every property is turned red by a step or by a broken server', () => {
    const red = new Set(exercises.flatMap((exercise) => exercise.red))
    const never = catalogue
      .filter(({ since }) => since === 0)
      .map(({ id }) => id)
      .filter((id) => !red.has(id))
    expect(never).toEqual([])
  })
})
