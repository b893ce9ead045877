import { stat } from 'node:fs/promises'
import { relative } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Step, Text } from 'guardcheck'
import { encodeProgress } from '../exercise/code.ts'
import { listOpen } from '../exercise/folders.ts'
import {
  findNext,
  isDone,
  type Judged,
  judgeFolder,
} from '../exercise/judging.ts'
import { placeOf, propertiesOf, taskOf, watchSaves } from '../exercise/run.ts'
import { root } from '../repository.ts'

/** What the page is told of the exercise that is open. */
export interface Work {
  step: Step
  title: Text
  goal: Text
  /** Where it is worked on, from the root. */
  folder: string
  /** In the order in which they are told; undecided as yet without `held`. */
  properties: { id: string; held?: boolean }[]
  next?: { id: string; why: string; file: string }
  /** Why the server does not start. */
  failure?: string
  /** What to read to the host, once everything was judged. */
  code?: string
  done: boolean
}

/** Milliseconds between two looks at which exercise is open. */
const lookMs = 1000

/**
 * Judges the exercise that is open at every save, and the one that is opened
 * after it, until `signal` aborts; tells nothing while none is open.
 */
export async function followExercise(
  onWork: (work: Work | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  let none = false
  while (!signal.aborted) {
    const open = await findOpen()
    if (open) {
      none = false
      await followFolder(open, onWork, signal)
    } else {
      if (!none) onWork(undefined)
      none = true
      await setTimeout(lookMs, undefined, { signal }).catch(() => {})
    }
  }
}

interface Open {
  step: number
  folder: string
  /** Told apart from a fresh copy in the same place. */
  inode: number
}

async function findOpen(): Promise<Open | undefined> {
  const [last] = await listOpen()
  if (!last) return undefined
  const found = await stat(last.folder).catch(() => undefined)
  return found && { ...last, inode: found.ino }
}

async function followFolder(
  { step, folder, inode }: Open,
  onWork: (work: Work) => void,
  signal: AbortSignal,
): Promise<void> {
  const left = new AbortController()
  const leave = () => left.abort()
  signal.addEventListener('abort', leave, { once: true })
  const looking = setInterval(async () => {
    const open = await findOpen()
    if (open?.inode !== inode || open.step !== step) leave()
  }, lookMs)
  const task = taskOf(step)
  const properties = propertiesOf(task)
  const tell = (judged: Judged, ended = false) => {
    const next = findNext(judged)
    onWork({
      step: task.step,
      title: task.title,
      goal: task.goal,
      folder: relative(root, folder).replaceAll('\\', '/'),
      properties: properties.map(({ id }, index) => {
        const held = judged.results[index]?.held
        return held === undefined ? { id } : { id, held }
      }),
      ...(next && {
        next: {
          id: next.property.id,
          why: next.why,
          file: placeOf(task, next.property.id),
        },
      }),
      ...(judged.failure === undefined ? {} : { failure: judged.failure }),
      ...(ended && { code: encodeProgress(step, judged) }),
      done: isDone(judged),
    })
  }
  try {
    for await (const saved of watchSaves(folder, left.signal)) {
      const judged = await judgeFolder(folder, properties, saved, tell)
      if (!saved.aborted) tell(judged, true)
    }
  } finally {
    clearInterval(looking)
    signal.removeEventListener('abort', leave)
  }
}
