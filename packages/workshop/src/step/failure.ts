import type { Step } from 'guardcheck'
import type { Tell } from '../terminal/tell.ts'
import { words } from './words.ts'

/** A step that does not serve, and what it printed. */
export class NotServing extends Error {
  readonly step: Step
  readonly output: string
  /** Whether it has served before. */
  readonly served: boolean
  constructor(step: Step, output: string, served: boolean) {
    super(`Step ${step} does not serve.`)
    this.step = step
    this.output = output
    this.served = served
  }
}

/** What a step that does not serve printed, for whoever has to mend it. */
export function describeFailure(error: NotServing, tell: Tell): string {
  const what = error.served ? words.stopped : words.notStarted
  const output = error.output.trim() || tell(words.nothing)
  const lines = output.split('\n').map((line) => `  ${line}`)
  return `${tell(what, { step: error.step })}\n${lines.join('\n')}`
}
