import { describe, expect, test } from 'vitest'
import { parseLesson, readLessons } from '../../src/lesson.ts'
import { openStage } from '../../src/transcript.ts'
import { weave } from '../../src/woven.ts'

const lessons = readLessons()
const run = lessons.filter(({ fences }) =>
  fences.some(({ binding }) => binding && binding.kind !== 'source'),
)

test('some lessons show what servers answer', () => {
  expect(run).not.toEqual([])
})

describe.each(run.map((lesson) => [lesson.file, lesson] as const))(
  '%s',
  (_file, lesson) => {
    test('shows what the servers answer today', async () => {
      const stage = await openStage(lesson.language)
      try {
        const { text, faults } = await weave(lesson, lessons, { stage })
        expect({ faults, text }).toEqual({ faults: [], text: lesson.text })
      } finally {
        await stage.close()
      }
    })
  },
)

test('an answer that is not what the server says is noticed', async () => {
  const text =
    '# A\n\n```http exchange="step-1"\nGET /mcp\n\nHTTP/1.1 200 OK\n```\n'
  const lesson = parseLesson('lessons/en/1-made-up.md', text)
  const stage = await openStage('en')
  try {
    const woven = await weave(lesson, lessons, { stage })
    expect(woven.faults).toEqual([])
    expect(woven.text).toContain('HTTP/1.1 401 Unauthorized\n')
    expect(woven.text).not.toContain('200 OK')
  } finally {
    await stage.close()
  }
})

test('no secret, port or path of this machine stands in a lesson', () => {
  for (const { text } of lessons) {
    expect(text).not.toMatch(/gup_[\w-]{20}|127\.0\.0\.1:\d{5}|guard-up-weave/)
    expect(text).not.toMatch(/eyJ[\w-]{10,}\./)
  }
})
