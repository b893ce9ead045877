import { mkdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Step } from 'guardcheck'
import writeFileAtomic from 'write-file-atomic'
import { attacks } from '../attack/list.ts'
import type { TourCell } from '../attack/run.ts'
import { listSteps, root } from '../repository.ts'
import { untilAborted } from '../terminal/signals.ts'
import type { Tell } from '../terminal/tell.ts'
import { describeAll, type Judged, openApi } from './api.ts'
import type { Message } from './flow.ts'
import { type Tick, type Turn, turns } from './rotation.ts'
import { words } from './words.ts'

/** Where a recorded run is kept for pages that nobody serves. */
export const recordedFolder = fileURLToPath(
  new URL('../../page/recorded/', import.meta.url),
)

/** Exchanges of one attack, and of one property, that are kept. */
const [maxAttempts, maxEvidence] = [3, 1]

/** Runs everything that the page can run, and keeps what came of it. */
export async function recordRun(options: {
  tell: Tell
  print(text: string): void
  signal: AbortSignal
}): Promise<number> {
  const { tell, print, signal } = options
  const recorded = new Date().toISOString()
  const api = openApi([])
  await mkdir(recordedFolder, { recursive: true })
  const keep = async (name: string, value: object) => {
    const file = join(recordedFolder, `${name}.json`)
    const text = JSON.stringify({ recorded, ...value })
    await writeFileAtomic(file, `${text}\n`)
    const folder = relative(root, recordedFolder)
    print(`${tell(words.recorded, { what: name, folder })}\n`)
  }
  const work = async () => {
    const steps = listSteps()
    const seen: TourCell[] = []
    for (const { name } of attacks) {
      const outcomes = await Promise.all(
        steps.map((step) => api.attack(name, step)),
      )
      for (const outcome of outcomes) {
        const exchanges = outcome.exchanges.slice(-maxAttempts)
        seen.push({ ...outcome, exchanges })
      }
    }
    await keep('attacks', { ...describeAll(), seen })
    const results: (Judged & { step: Step })[] = []
    for (const step of steps) {
      const judge = (result: Judged) => {
        const evidence = result.evidence.slice(-maxEvidence)
        results.push({ ...result, evidence, step })
      }
      await api.judge(step, judge, signal)
    }
    await keep('properties', { results })
    const messages: Message[] = []
    await api.flow((message) => messages.push(message))
    await keep('flow', { messages })
    await keep('rotation', await recordRotation(api))
  }
  try {
    await untilAborted(signal, work())
    return 0
  } finally {
    await api.close()
  }
}

/** Traffic while each of the buttons is pressed once. */
async function recordRotation(api: ReturnType<typeof openApi>) {
  const ticks: Tick[] = []
  const marks: { at: number; name: Turn }[] = []
  const ended = new AbortController()
  const flowing = api.rotation((tick) => ticks.push(tick), ended.signal)
  const settle = () => setTimeout(3000)
  while (ticks.length === 0) await setTimeout(100)
  try {
    await settle()
    for (const name of turns) {
      marks.push({ at: ticks.at(-1)?.at ?? 0, name })
      await api.turn(name)
      await settle()
    }
    await settle()
  } finally {
    ended.abort()
    await flowing
  }
  return { ticks, marks }
}
