import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { readStages, root, sourceOf } from './steps.ts'

new Command('carry')
  .description(
    'Carry a change to a file of one step into every later step: a frozen ' +
      'file is copied; where a step changes the file, the change is merged',
  )
  .argument('<file>', 'a file of src, such as tools.ts')
  .argument('[step]', 'the step in which it was edited', '0')
  .action((file: string, from: string) => {
    const stages = readStages()
    if (!existsSync(join(sourceOf(Number(from)), file))) {
      console.error(`step-${from} has no ${file}.`)
      process.exitCode = 1
      return
    }
    for (const [step, { changes }] of stages) {
      if (step <= Number(from)) continue
      const [before, after] = [sourceOf(step - 1), sourceOf(step)]
      if (!changes.includes(file)) {
        copyFileSync(join(before, file), join(after, file))
        console.log(`step-${step}/src/${file} copied`)
      } else if (merge(file, step)) {
        console.log(`step-${step}/src/${file} merged`)
      } else {
        console.error(`step-${step}/src/${file} has conflicts: mend it first.`)
        process.exitCode = 1
        return
      }
    }
  })
  .parse()

/** Applies what changed in the step before, since the last commit. */
function merge(file: string, step: number): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'guard-up-carry-'))
  try {
    const base = join(folder, 'base')
    const committed = `HEAD:packages/step-${step - 1}/src/${file}`
    writeFileSync(base, execFileSync('git', ['show', committed], { cwd: root }))
    const ours = join(sourceOf(step), file)
    const theirs = join(sourceOf(step - 1), file)
    execFileSync('git', ['merge-file', ours, base, theirs])
    return !readFileSync(ours, 'utf8').includes('<<<<<<<')
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}
