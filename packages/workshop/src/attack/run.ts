import type { Evidence, Step, Text } from 'guardcheck'
import type { Target } from './target.ts'
import { openWire, type Wire } from './wire.ts'

/** Something that a person would do to a server, told as a person would. */
export interface Attack {
  /** As typed on the command line. */
  name: string
  title: Text
  /** What the attacker does, in the present tense. */
  story: Text
  /** The first step that holds it; 0 when it never needed a guard. */
  heldFrom: Step
  /** The properties whose absence lets it through. */
  touches: readonly string[]
  /** Whether it uses something up: a second time it needs a new server. */
  spends?: true
  /** Resolves with what was obtained; undefined when nothing was. */
  run(target: Target, wire: Wire): Promise<Text | undefined>
}

/** What came of one attack: decided by its effect, never by a status. */
export interface Outcome {
  breached: boolean
  /** What the attacker holds now; undefined when it is nothing. */
  reached: Text | undefined
  exchanges: readonly Evidence[]
}

/** What came of one attack at one step. */
export interface TourCell extends Outcome {
  name: string
  step: Step
}

/** Runs an attack against a step. */
export async function runAttack(
  attack: Attack,
  target: Target,
): Promise<Outcome> {
  const { secret, rotated, stolen, people } = target
  const wire = openWire(
    target,
    secret,
    rotated,
    stolen.slide,
    stolen.laptop,
    people?.bob,
    people?.elsewhere,
    people?.leaving,
  )
  const reached = await attack.run(target, wire)
  return { breached: reached !== undefined, reached, exchanges: wire.exchanges }
}
