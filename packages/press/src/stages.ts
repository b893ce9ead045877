import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { checkStages, measureStage, readStages, root } from './steps.ts'

new Command('stages')
  .description('Say what each step adds and changes, and how large its diff is')
  .option('--check', 'exit 1 when a step is not what stages.json says')
  .option('--write', 'record what the steps are now in stages.json')
  .action(({ check, write }: { check?: true; write?: true }) => {
    if (write) recordStages()
    for (const [step, { lines, adds, changes }] of readStages()) {
      console.log(
        `step ${step - 1} → ${step}   +${lines.added} −${lines.deleted}` +
          ` (at most ${lines.atMost})   adds ${adds.join(' ')}` +
          `   changes ${changes.join(' ')}`,
      )
    }
    const faults = check ? checkStages() : []
    for (const fault of faults) console.error(fault)
    if (faults.length > 0) process.exitCode = 1
  })
  .parse()

/** Writes what is measured; the limits stay, since people set them. */
function recordStages(): void {
  const file = join(root, 'stages.json')
  const stages = JSON.parse(readFileSync(file, 'utf8'))
  for (const [step, { lines }] of readStages()) {
    const real = measureStage(step)
    const { added, deleted } = real.lines
    stages[`step-${step}`] = {
      adds: real.adds,
      changes: real.changes,
      lines: { added, deleted, atMost: lines.atMost },
    }
  }
  writeFileSync(`${file}.new`, `${JSON.stringify(stages, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}
