import type { Evidence, Language, Step } from 'guardcheck'
import stringWidth from 'string-width'
import type { Colors } from '../terminal/colors.ts'
import { breakLines, pad, showUnseen, wrapProse } from '../terminal/lines.ts'
import { untilAborted } from '../terminal/signals.ts'
import { common, createTell } from '../terminal/tell.ts'
import { attacks as allAttacks } from './list.ts'
import { type Attack, type Outcome, runAttack } from './run.ts'
import { openTargets, type TargetOptions } from './target.ts'
import { words } from './words.ts'

/** How an attack is shown. */
export interface AttackOptions extends TargetOptions {
  lang: Language
  colors: Colors
  /** Columns to fill. */
  width: number
  signal: AbortSignal
  print(text: string): void
}

/** Characters of one message that are shown; what is longer is said. */
const maxShown = 1600

/**
 * Runs one attack against one step, and tells it whole. Resolves with the
 * exit status: 0 when it came out as the series claims, 1 when not.
 * @throws {NotServing} when the step does not start
 */
export async function showAttack(
  step: Step,
  attack: Attack,
  options: AttackOptions,
): Promise<number> {
  const targets = await openTargets({ ...options, steps: [step] })
  try {
    const [target] = targets.list
    if (!target) throw new Error(`step ${step} is not among the targets`)
    const work = runAttack(attack, target)
    const outcome = await untilAborted(options.signal, work)
    options.print(describeAttack(step, attack, outcome, options))
    return outcome.breached === step < attack.heldFrom ? 0 : 1
  } finally {
    await targets.close()
  }
}

/** The story, what passed over the wire, and what came of it. */
function describeAttack(
  step: Step,
  attack: Attack,
  { breached, reached, exchanges }: Outcome,
  { lang, colors, width }: AttackOptions,
): string {
  const tell = createTell(lang)
  const promised = breached === step < attack.heldFrom
  const message = (name: string, text: string) => [
    `  ${colors.bold(name)}`,
    ...breakLines(showUnseen(bounded(text)), width - 4).map((line) =>
      `  ${colors.dim('│')} ${line}`.trimEnd(),
    ),
    '',
  ]
  const bounded = (text: string) => {
    const count = text.length - maxShown
    if (count <= 0) return text || tell(words.noAnswer)
    return `${text.slice(0, maxShown)}\n${tell(words.more, { count })}`
  }
  const shown = ({ sent, received }: Evidence) => [
    ...message(tell(words.sent), sent),
    ...message(tell(words.received), received),
  ]
  const verdict = breached
    ? colors.red(tell(common.breached))
    : colors.green(tell(common.held))
  const from = { from: attack.heldFrom }
  const facts = [
    [
      tell(words.reached),
      reached ? showUnseen(reached[lang]) : tell(words.reachedNothing),
    ],
    [
      tell(words.verdict),
      `${verdict}  ${colors.dim(tell(promised ? words.asPromised : words.notAsPromised, from))}`,
    ],
  ] as const
  const nameWidth = Math.max(...facts.map(([name]) => stringWidth(name))) + 2
  const told = facts.flatMap(([name, what]) =>
    wrapProse(what, width - 2 - nameWidth).map((line, index) => {
      return `  ${colors.bold(pad(index === 0 ? name : '', nameWidth))}${line}`
    }),
  )
  const place = tell(common.step, { step })
  const lines = [
    '',
    `${colors.bold(attack.title[lang])}  ${colors.dim(`${attack.name}, ${place}`)}`,
    '',
    ...wrapProse(attack.story[lang], width - 2).map((line) => `  ${line}`),
    '',
    ...exchanges.flatMap(shown),
    ...told,
    '',
  ]
  return `${lines.join('\n')}\n`
}

/** The attacks by name, and what each comes to at a step. */
export function listAttacks(
  step: Step,
  { lang, colors }: { lang: Language; colors: Colors },
): string {
  const tell = createTell(lang)
  const rows = allAttacks.map(({ name, title, heldFrom }) => {
    const breached = step < heldFrom
    const verdict = breached
      ? colors.red(tell(common.breached))
      : colors.green(tell(common.held))
    return `    ${pad(name, 18)}${pad(title[lang], 36)}${verdict}`
  })
  const lines = [
    '',
    `  ${tell(words.attacksOn, { step })}`,
    '',
    ...rows,
    '',
    `  ${tell(words.runOne)} ${colors.bold(`npm run attack ${step} ${allAttacks[0]?.name}`)}`,
    '',
  ]
  return `${lines.join('\n')}\n`
}
