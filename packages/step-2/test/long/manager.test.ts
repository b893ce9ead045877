import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ask, runLine, scratch, startLine, step } from '../scratch.ts'

interface Fence {
  section: string
  /** What comes of its lines; else they run to their end. */
  outcome: string
  lines: string
}

/** The shell lines of a page, in order. */
function readFences(lang: string): Fence[] {
  const page = join(step, '../../lessons', lang, '2-secrets-manager.md')
  const sections = readFileSync(page, 'utf8').split(/^## /m)
  return sections.flatMap((text, index) =>
    [...text.matchAll(/^```sh ?(\w*)\n([\s\S]*?)^```$/gm)].map(
      ([, outcome = '', lines = '']) => ({
        section: `${index}`,
        outcome,
        lines,
      }),
    ),
  )
}

/** The step as a reader has it, in a folder whose parent is ours as well. */
function layStep(): string {
  const cwd = join(scratch(), 'step-2')
  mkdirSync(cwd)
  for (const part of ['src', 'bin', 'package.json']) {
    cpSync(join(step, part), join(cwd, part), { recursive: true })
  }
  symlinkSync(join(step, 'node_modules'), join(cwd, 'node_modules'))
  return cwd
}

const fences = readFences('en')
const sections = [...new Set(fences.map(({ section }) => section))]
const hasAge = spawnSync('age', ['--version']).status === 0

describe.skipIf(process.platform === 'win32')('the page', () => {
  test('has the same lines in both languages', () => {
    expect(readFences('ja')).toEqual(fences)
    expect(sections).toHaveLength(3)
  })

  test.for(sections)(
    'does in section %s what it says',
    async (section, { skip }) => {
      const own = fences.filter((fence) => fence.section === section)
      const needsAge = own.some(({ lines }) => /^age /m.test(lines))
      skip(needsAge && !hasAge, 'age is not installed.')
      const cwd = layStep()
      for (const { outcome, lines } of own) {
        if (outcome === 'serves') {
          await expectService(lines, cwd)
          continue
        }
        const { code, stdout, stderr } = await runLine(lines, cwd)
        expect(stdout + stderr).not.toMatch(/^http|gup_/m)
        if (outcome !== 'refuses') expect(code, stderr).toBe(0)
        else {
          expect(code).not.toBe(0)
          expect(stderr).toMatch(/could not decrypt|MCP_TOKENS_FILE must hold/)
        }
      }
      const start = own.find(({ outcome }) => outcome === 'serves')
      // As the reader may have changed the list since.
      if (start) await expectService(start.lines, cwd)
    },
  )
})

async function expectService(lines: string, cwd: string): Promise<void> {
  const secret = readFileSync(join(cwd, 'desk.secret'), 'utf8').trim()
  const server = await startLine(lines, cwd)
  expect(await ask(server.url, secret)).toBe(200)
  expect(await ask(server.url, 'nobody')).toBe(401)
  server.kill('SIGTERM')
}
