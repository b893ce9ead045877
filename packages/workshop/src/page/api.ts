import {
  catalogue,
  judgeAll,
  languages,
  type Result,
  type Step,
  type SubjectOptions,
} from 'guardcheck'
import { attacks } from '../attack/list.ts'
import type { TourCell } from '../attack/run.ts'
import type { Target } from '../attack/target.ts'
import { listSteps } from '../repository.ts'
import { stepNames } from '../terminal/tell.ts'
import { type Message, runFlow } from './flow.ts'
import { followExercise, type Work } from './learner.ts'
import { listLessons } from './lesson.ts'
import { createPool } from './pool.ts'
import {
  type Rotation,
  startRotation,
  type Tick,
  type Turn,
  turns,
} from './rotation.ts'

/** What the page can have done; each against servers of its own. */
export interface Api {
  catalogue(): Promise<unknown>
  isAttack(name: string): boolean
  attack(name: string, step: Step): Promise<TourCell>
  /** Judges a step, one property after the other. */
  judge(
    step: Step,
    onResult: (result: Judged) => void,
    signal: AbortSignal,
  ): Promise<void>
  flow(onMessage: (message: Message) => void): Promise<void>
  /** Judges the learner's own server at every save, until `signal`. */
  exercise(
    onWork: (work: Work | object) => void,
    signal: AbortSignal,
  ): Promise<void>
  /** Lets traffic flow until `signal`. */
  rotation(onTick: (tick: Tick) => void, signal: AbortSignal): Promise<void>
  isTurn(name: string): name is Turn
  turn(turn: Turn): Promise<{ turned: boolean }>
  close(): Promise<void>
}

/** What was found about one property, without the property itself. */
export type Judged = Pick<Result, 'verdict' | 'why' | 'evidence'> & {
  id: string
}

/** Guessing is judged; what the page itself sends must not be slowed. */
const env = { GUESSES_PER_MINUTE: '100000' }

/** Opens the work behind the page, with what is known already. */
export function openApi(seen: readonly TourCell[]): Api {
  const pool = createPool({ env })
  const known = new Map(seen.map((one) => [`${one.name} ${one.step}`, one]))
  let current: Rotation | undefined
  const ending = new AbortController()
  const following = new Set<Promise<void>>()
  return {
    async catalogue() {
      return {
        ...describeAll(),
        seen: [...known.values()],
        recorded: undefined,
      }
    },
    isAttack: (name) => attacks.some((attack) => attack.name === name),
    async attack(name, step) {
      const attack = attacks.find((attack) => attack.name === name)
      if (!attack) throw new Error(`No attack is called ${name}.`)
      const outcome = await pool.attack(attack, step)
      const one = { name, step, ...outcome }
      known.set(`${name} ${step}`, one)
      return one
    },
    judge: (step, onResult, signal) =>
      pool.borrow(step, (target) => judgeTarget(target, onResult, signal)),
    flow: (onMessage) =>
      pool.borrow(3, (target) => runFlow(target, onMessage), 'jwt'),
    async exercise(onWork, signal) {
      const either = AbortSignal.any([signal, ending.signal])
      const work = followExercise((work) => onWork(work ?? {}), either)
      following.add(work)
      await work.finally(() => following.delete(work))
    },
    rotation: (onTick, signal) =>
      pool.borrow(2, async (target) => {
        await current?.stop()
        if (signal.aborted) return
        const mine = startRotation(target, onTick)
        current = mine
        await new Promise((resolve) =>
          signal.addEventListener('abort', resolve, { once: true }),
        )
        if (current === mine) current = undefined
        await mine.stop()
      }),
    isTurn: (name): name is Turn => turns.some((turn) => turn === name),
    async turn(turn) {
      await current?.turn(turn)
      return { turned: current !== undefined }
    },
    async close() {
      ending.abort()
      await current?.stop()
      await Promise.all([...following, pool.close()])
    },
  }
}

/** Everything that there is to run, in both languages. */
export function describeAll() {
  return {
    steps: listSteps().map((step) => ({ step, name: stepNames[step] })),
    attacks: attacks.map(({ name, title, story, heldFrom, touches }) => ({
      name,
      title,
      story,
      heldFrom,
      touches,
    })),
    properties: catalogue.map(
      ({ id, claim, source, owasp, level, since, advice }) => {
        return { id, claim, source, owasp, level, since, advice }
      },
    ),
    lessons: Object.fromEntries(
      languages.map((lang) => [lang, listLessons(lang)]),
    ),
  }
}

/** Judges a running step by everything that needs no hold on its process. */
export async function judgeTarget(
  target: Target,
  onResult: (result: Judged) => void,
  signal: AbortSignal,
): Promise<void> {
  const { url, ca, secret, stolen, people } = target
  const options: SubjectOptions = {
    url,
    ca,
    token: secret,
    secondToken: people?.bob ?? stolen.laptop,
    maxBodyBytes: 1024 * 1024,
    effect: {
      name: 'issue_refund',
      arguments: { customer: 'C-1001', amount: 1, reason: 'guardcheck' },
      count: async () => (await target.readRefunds()).length,
      callers: async () => (await target.readRefunds()).map(({ by }) => by),
    },
    reader: { name: 'read_document', arguments: (path) => ({ path }) },
  }
  const work = judgeAll(catalogue, options, (result) => {
    signal.throwIfAborted()
    const { property, verdict, why, evidence } = result
    const shown = evidence.slice(-2).map(({ sent, received, failure }) => ({
      sent: bounded(sent),
      received: bounded(received),
      failure,
    }))
    onResult({ id: property.id, verdict, why, evidence: shown } as Judged)
  })
  await work.catch((error) => {
    if (!signal.aborted) throw error
  })
}

/** Characters of one message that are kept. */
const maxKept = 4000

function bounded(text: string): string {
  if (text.length <= maxKept) return text
  return `${text.slice(0, maxKept)}\n… +${text.length - maxKept}`
}
