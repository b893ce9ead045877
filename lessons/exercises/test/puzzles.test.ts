import { describe, expect, test } from 'vitest'
import {
  type Exercise,
  listExercises,
  readExercise,
  readPuzzles,
} from '../exercise.ts'

const { order, tempting } = await readPuzzles()
const exercises = await Promise.all(
  (await listExercises()).map((name) => readExercise(name)),
)

/** Only who may give a file away sees these red, and no learner has to. */
const redForRoot = ['reads-anyones-file']

/** Whether anybody can find and mend it at home, in a copy of a step. */
const isPuzzle = ({ name, base, network }: Exercise) =>
  base !== 'issuer' && network !== 'isolated' && !redForRoot.includes(name)

/** Puzzles that lead through all steps once, before it goes step by step. */
const firstRound = 11

describe('the puzzles', () => {
  test('are all broken servers of the steps, each once', () => {
    const names = exercises.filter(isPuzzle).map(({ name }) => name)
    expect(order.toSorted()).toEqual(names.toSorted())
  })

  test.for(order)('%s has three repairs that do not mend it', (name) => {
    const repairs = tempting[name] ?? []
    expect(repairs).toHaveLength(3)
    const texts = repairs.flatMap(({ en, ja }) => [
      ...[en.repair, en.but, ja.repair, ja.but],
    ])
    expect(new Set(texts).size).toBe(12)
    // In whole sentences, and each in its own language.
    for (const { en, ja } of repairs) {
      for (const text of [en.repair, en.but])
        expect(text).toMatch(/^[^ぁ-ん]+\.$/)
      for (const text of [ja.repair, ja.but])
        expect(text).toMatch(/[ぁ-ん].*。$/)
    }
  })

  test('are the only ones with repairs', () => {
    expect(Object.keys(tempting).toSorted()).toEqual(order.toSorted())
  })

  test('go step by step after the first round', () => {
    const stepOf = (name: string) => {
      const base = exercises.find((it) => it.name === name)?.base
      return Math.max(1, Number(base?.slice('step-'.length)))
    }
    const steps = order.slice(firstRound).map(stepOf)
    expect(steps).toEqual(steps.toSorted())
  })
})
