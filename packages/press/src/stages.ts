import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import {
  checkStages,
  countLines,
  measureStage,
  readStages,
  root,
  type Stage,
} from './steps.ts'

new Command('stages')
  .description('Say what each step adds and changes, and how large its diff is')
  .option('--check', 'exit 1 when a step is not what stages.json says')
  .option('--write', 'record what the steps are now in stages.json')
  .action(({ check, write }: { check?: true; write?: true }) => {
    if (write) recordStages()
    for (const [step, { lines, adds, changes, parts }] of readStages()) {
      console.log(
        `step ${step - 1} → ${step}   ${tellSize(lines)}` +
          `   adds ${adds.join(' ')}   changes ${changes.join(' ')}`,
      )
      for (const [name, part] of Object.entries(parts ?? {})) {
        const { files, lines } = part
        console.log(`part ${name}      ${tellSize(lines)}   ${files.join(' ')}`)
      }
    }
    const faults = check ? checkStages() : []
    for (const fault of faults) console.error(fault)
    if (faults.length > 0) process.exitCode = 1
  })
  .parse()

function tellSize({ added, deleted, atMost }: Stage['lines']): string {
  return `+${added} −${deleted} (at most ${atMost})`
}

/** Writes what is measured; limits and parts stay, since people set them. */
function recordStages(): void {
  const file = join(root, 'stages.json')
  const stages: Record<string, Stage> = {}
  for (const [step, told] of readStages()) {
    const { adds, changes } = measureStage(step)
    Object.assign(told.lines, countLines(step))
    for (const { files, lines } of Object.values(told.parts ?? {})) {
      Object.assign(lines, countLines(step, root, files))
    }
    stages[`step-${step}`] = { ...told, adds, changes }
  }
  writeFileSync(`${file}.new`, `${JSON.stringify(stages, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}
