import { catalogue } from 'guardcheck'
import { describe, expect, test } from 'vitest'
import { decodeProgress, encodeProgress } from '../src/exercise/code.ts'
import type { Judged } from '../src/exercise/judging.ts'

/** What is known when every second property of a step holds. */
function judgeHalf(step: number): { judged: Judged; held: string[] } {
  const properties = catalogue.filter(
    ({ id, since }) => since === step && !id.startsWith('issuer/'),
  )
  const results = properties.map((property, index) => ({
    property,
    verdict: index % 2 ? ('holds' as const) : ('fails' as const),
    held: index % 2 === 1,
    why: '',
    evidence: [],
  }))
  const held = results.filter((one) => one.held).map((one) => one.property.id)
  return { judged: { properties, results }, held }
}

describe.each([1, 2, 3])('the code of exercise %i', (step) => {
  const { judged, held } = judgeHalf(step)
  const code = encodeProgress(step, judged)

  test('says what holds and what does not', () => {
    const told = decodeProgress(code)
    expect(told?.holds.toSorted()).toEqual(held.toSorted())
    expect([...(told?.lacks ?? []), ...held]).toHaveLength(
      judged.properties.length,
    )
  })

  test('is heard in any case, without its dashes, and with O for 0', () => {
    const heard = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o')
    expect(decodeProgress(heard)).toEqual(decodeProgress(code))
  })

  test('is short enough to be read aloud', () => {
    expect(code.length).toBeLessThanOrEqual(18)
  })

  test('a slip of one letter is noticed', () => {
    const slips = [...code.slice(2)].flatMap((letter, index) =>
      letter === '-'
        ? []
        : ['7', 'K', 'Z']
            .filter((other) => other !== letter)
            .map(
              (other) =>
                code.slice(0, index + 2) + other + code.slice(index + 3),
            ),
    )
    const unnoticed = slips.filter((slip) => decodeProgress(slip))
    // Eight bits let one of 256 through.
    expect(unnoticed.length).toBeLessThanOrEqual(1)
  })
})

test('what is no code is none', () => {
  for (const text of ['', '1', '4-0000-0', '1-!!!!-!', 'hello']) {
    expect(decodeProgress(text)).toBeUndefined()
  }
})
