import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Step } from 'guardcheck'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openTargets } from '../src/attack/target.ts'
import { folderOf } from '../src/repository.ts'
import { NotServing } from '../src/step/failure.ts'

test('steps beside one that does not start are ended, and so is its issuer', async () => {
  const room = mkdtempSync(join(tmpdir(), 'guard-up-test-'))
  vi.stubEnv('TMPDIR', room)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(room, { recursive: true, force: true })
  })
  const broken = join(room, 'own')
  mkdirSync(join(broken, 'src'), { recursive: true })
  writeFileSync(join(broken, 'src/main.ts'), "throw new Error('It is broken.')")
  const steps: Step[] = [0, 3]
  const folder = (step: Step) => (step === 3 ? broken : folderOf(step))
  const error = await openTargets({ steps, folder }).catch((failed) => failed)
  expect(error).toBeInstanceOf(NotServing)
  expect(error).toMatchObject({ step: 3, served: false })
  expect(error.output).toContain('It is broken.')
  const left = () => [
    ...readdirSync(room).filter((name) => /^guard(-up|check)-/.test(name)),
    ...process.getActiveResourcesInfo().filter((it) => it === 'ProcessWrap'),
  ]
  await expect.poll(left).toEqual([])
})
