import type { Step } from 'guardcheck'
import { type Attack, type Outcome, runAttack } from '../attack/run.ts'
import {
  openTargets,
  type Target,
  type TargetOptions,
  type Targets,
} from '../attack/target.ts'

/** Steps that run for the page, opened when they are first wanted. */
export interface Pool {
  /** Runs one attack; those against one step go one after the other. */
  attack(attack: Attack, step: Step): Promise<Outcome>
  /** Opens a step for one piece of work, and ends it afterwards. */
  borrow<T>(
    step: Step,
    work: (target: Target) => Promise<T>,
    tokenFormat?: 'jwt',
  ): Promise<T>
  /** Ends every process that the pool has started. */
  close(): Promise<void>
}

/** Milliseconds after which the tokens of people may be at their end. */
const maxAgeMs = 4 * 60 * 1000

interface Member {
  targets: Promise<Targets>
  opened: number
  spent: Set<string>
  gone: boolean
}

/** Keeps a server for each step, and a new one where the last is used up. */
export function createPool(options: TargetOptions = {}): Pool {
  const members = new Map<Step, Member>()
  const queues = new Map<Step, Promise<unknown>>()
  const borrowed = new Set<Promise<Targets>>()
  let closed = false

  const open = (step: Step, tokenFormat?: 'jwt') => {
    if (closed) throw new Error('The page has ended.')
    return openTargets({ ...options, steps: [step], tokenFormat })
  }
  const discard = async (targets: Promise<Targets>) => {
    const opened = await targets.catch(() => undefined)
    await opened?.close()
  }
  const enter = async (step: Step, name: string): Promise<Target> => {
    const member = members.get(step)
    const old = member && Date.now() - member.opened > maxAgeMs
    if (member && !member.gone && !old && !member.spent.has(name)) {
      return first(await member.targets)
    }
    members.delete(step)
    const [targets] = await Promise.all([
      open(step),
      member && discard(member.targets),
    ])
    const fresh: Member = {
      targets: Promise.resolve(targets),
      opened: Date.now(),
      spent: new Set(),
      gone: false,
    }
    void targets.ended.then(() => {
      fresh.gone = true
    })
    members.set(step, fresh)
    return first(targets)
  }
  const enqueue = <T>(step: Step, work: () => Promise<T>): Promise<T> => {
    const turn = (queues.get(step) ?? Promise.resolve()).then(work)
    queues.set(
      step,
      turn.catch(() => {}),
    )
    return turn
  }
  return {
    attack: (attack, step) =>
      enqueue(step, async () => {
        const target = await enter(step, attack.name)
        if (attack.spends) members.get(step)?.spent.add(attack.name)
        const outcome = await runAttack(attack, target)
        // A server that has ended holds everything, and proves nothing.
        if (members.get(step)?.gone) throw new Error(`Step ${step} has ended.`)
        return outcome
      }),
    async borrow(step, work, tokenFormat) {
      const targets = open(step, tokenFormat)
      borrowed.add(targets)
      try {
        return await work(first(await targets))
      } finally {
        borrowed.delete(targets)
        await discard(targets)
      }
    },
    async close() {
      closed = true
      await Promise.all(queues.values())
      const all = [...members.values()].map(({ targets }) => targets)
      await Promise.all([...all, ...borrowed].map(discard))
    },
  }
}

function first({ list: [target] }: Targets): Target {
  if (!target) throw new Error('There is no such step.')
  return target
}
