import { existsSync, watch } from 'node:fs'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { setTimeout } from 'node:timers/promises'
import { catalogue, type Property } from 'guardcheck'
import { root } from '../repository.ts'
import { wrapProse } from '../terminal/lines.ts'
import type { Showing } from '../terminal/showing.ts'
import { createTell } from '../terminal/tell.ts'
import { encodeProgress } from './code.ts'
import { bench, copyPackage, makeFolder } from './folders.ts'
import {
  findNext,
  isDone,
  isHeld,
  type Judged,
  judgeFolder,
} from './judging.ts'
import { type Task, tasks } from './tasks.ts'
import { words } from './words.ts'

/** What a learner asks for. */
export interface ExerciseOptions {
  /** Judges once and ends; else at every save. */
  once?: boolean
  /** Asks nothing first. */
  ask: boolean
  /** Begins with a fresh copy of the step before. */
  again?: boolean
  /** Begins with the finished step. */
  catchUp?: boolean
  /** Prints the code of the progress, and nothing else. */
  code?: boolean
}

/** Where the exercise of a step is worked on. */
export const exerciseFolder = (step: number) => join(bench, `exercise-${step}`)

/** The task of a step. */
export function taskOf(step: number): Task {
  const task = tasks.find((one) => one.step === step)
  if (!task) throw new Error(`There is no exercise ${step}.`)
  return task
}

/**
 * The properties of an exercise in the order in which they are told: those
 * of its step, then those that held before and must go on holding. The
 * authorization server is not the learner's.
 */
export function propertiesOf({ step, order }: Task): Property[] {
  const rank = ({ id, since }: Property) => {
    const place = order.findIndex((pattern) => pattern.test(id))
    return (since === step ? 0 : 100) + (place < 0 ? order.length : place)
  }
  return catalogue
    .filter(({ id, since }) => since <= step && !id.startsWith('issuer/'))
    .sort((a, b) => rank(a) - rank(b))
}

/** The file of the learner's server in which a property is seen to. */
export function placeOf({ places }: Task, id: string): string {
  return places.find(([pattern]) => pattern.test(id))?.[1] ?? 'src/app.ts'
}

/** Opens an exercise and judges it; resolves with the exit status. */
export async function runExercise(
  task: Task,
  options: ExerciseOptions,
  showing: Showing,
): Promise<number> {
  const { lang, print, progress, signal } = showing
  const tell = createTell(lang)
  const folder = exerciseFolder(task.step)
  const properties = propertiesOf(task)
  if (options.code) {
    const judged = await judgeFolder(await open(task, {}), properties, signal)
    print(`${encodeProgress(task.step, judged)}\n`)
    return 0
  }
  const existed = existsSync(folder)
  const kept = await prepare(task, options)
  const from = options.catchUp ? task.step : task.step - 1
  print(describeTask(task, { existed, kept, from }, showing))
  if (options.ask && !existed && !options.catchUp) await ask(task, showing)

  const judgeNow = async (saved: AbortSignal) => {
    const judged = await judgeFolder(folder, properties, saved, (now) => {
      const { results } = now
      const last = results.at(-1)?.property.id ?? tell(words.startingYours)
      progress.show(frameOf(task, now, showing), last)
    })
    progress.clear()
    return judged
  }
  if (options.once) {
    const judged = await judgeNow(signal)
    signal.throwIfAborted()
    print(summarize(task, judged, showing))
    return isDone(judged) ? 0 : 1
  }
  for await (const saved of watchSaves(folder, signal)) {
    const judged = await judgeNow(saved)
    if (saved.aborted) continue
    print(summarize(task, judged, showing))
    if (isDone(judged)) return 0
  }
  print(`${tell(words.exerciseLeft, { folder: relative(root, folder) })}\n`)
  return 0
}

/** The folder of an exercise, made where there is none. */
async function open(task: Task, options: Partial<ExerciseOptions>) {
  await prepare(task, options)
  return exerciseFolder(task.step)
}

/** Makes the folder where it is missing or asked for; says what was kept. */
async function prepare(
  { step }: Task,
  { again, catchUp }: Partial<ExerciseOptions>,
): Promise<string | undefined> {
  const folder = exerciseFolder(step)
  if (existsSync(folder) && !again && !catchUp) return undefined
  const from = catchUp ? step : step - 1
  const { kept } = await makeFolder(
    `exercise-${step}`,
    `step-${step}`,
    async (fresh) => {
      await copyPackage(`step-${from}`, fresh)
      // The operator's command is no part of what is built.
      if (step === 2) await copyPackage('step-2', fresh, ['bin'])
    },
  )
  return kept
}

/** Aborts the last signal and gives a fresh one at every save, and at first. */
export async function* watchSaves(
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<AbortSignal> {
  let saved = new AbortController()
  let wake = () => {}
  let changed = true
  const watcher = watch(folder, { recursive: true }, (_event, file) => {
    if (!/^(src|bin)\b/.test(`${file}`)) return
    changed = true
    saved.abort()
    wake()
  })
  signal.addEventListener('abort', () => {
    saved.abort()
    wake()
  })
  try {
    while (!signal.aborted) {
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        // An editor writes several files, and each of them in pieces.
        await setTimeout(200)
        continue
      }
      changed = false
      saved = new AbortController()
      yield saved.signal
    }
  } finally {
    watcher.close()
  }
}

/** What there is to do, and where. */
function describeTask(
  { step, title, goal, files }: Task,
  {
    existed,
    kept,
    from,
  }: { existed: boolean; kept: string | undefined; from: number },
  { lang, colors, width }: Showing,
): string {
  const tell = createTell(lang)
  const folder = relative(root, exerciseFolder(step))
  const head = tell(words.exerciseTitle, { step, title: title[lang] })
  const lines = [
    colors.bold(head),
    '',
    ...wrapProse(goal[lang], width - 2).map((line) => `  ${line}`),
    '',
    ...wrapProse(
      tell(existed && !kept ? words.exerciseGoesOn : words.exerciseCopied, {
        folder,
        from,
      }),
      width - 2,
    ).map((line) => `  ${line}`),
    ...(kept
      ? [`  ${tell(words.exerciseKept, { folder: relative(root, kept) })}`]
      : []),
    '',
    ...files.flatMap(({ file, says }) => [
      `  ${colors.cyan(`${folder}/${file}`)}`,
      ...wrapProse(says[lang], width - 6).map((line) => `      ${line}`),
    ]),
    '',
  ]
  return `${lines.join('\n')}\n`
}

/** Asks what is going to happen; an empty answer skips it. */
async function ask(
  { question }: Task,
  { lang, colors, width, print, signal }: Showing,
): Promise<void> {
  const tell = createTell(lang)
  print(`  ${colors.bold(tell(words.predict))}\n`)
  for (const line of wrapProse(question.ask[lang], width - 2))
    print(`  ${line}\n`)
  question.answers.forEach((answer, index) => {
    print(`    ${index + 1}  ${answer[lang]}\n`)
  })
  const reader = createInterface({
    input: process.stdin,
    output: process.stdout,
  })
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const given = await reader
    .question(`  ${tell(words.predictPrompt)} `, { signal })
    .catch(() => '')
  reader.close()
  signal.throwIfAborted()
  if (given.trim() === '') return print('\n')
  const right = Number(given) === question.right + 1
  const said = tell(right ? words.predictRight : words.predictWrong)
  const text = `${said} ${question.because[lang]}`
  print(
    `${wrapProse(text, width - 2)
      .map((line) => `  ${line}`)
      .join('\n')}\n\n`,
  )
}

/** One mark a property, in rows, and how many hold. */
export function barOf(judged: Judged, { colors, lang }: Showing): string[] {
  const tell = createTell(lang)
  const { results, properties } = judged
  const bar = properties.map((_, index) => {
    const result = results[index]
    if (!result) return colors.dim('·')
    return isHeld(result) ? colors.green('✓') : colors.red('✗')
  })
  const count = results.filter(isHeld).length
  const rows: string[] = []
  for (let at = 0; at < bar.length; at += 60) {
    rows.push(`  ${bar.slice(at, at + 60).join('')}`)
  }
  const values = { count, total: properties.length }
  return [...rows, `  ${tell(words.holdSoFar, values)}`]
}

/** What holds, and what comes next, while the properties are judged. */
function frameOf(task: Task, judged: Judged, showing: Showing): string {
  const next = findNext(judged)
  return [
    ...barOf(judged, showing),
    ...(next ? ['', ...nextLines(task, judged, showing)] : []),
  ].join('\n')
}

/** What is to be done next: one thing. */
function nextLines(
  task: Task,
  judged: Judged,
  { lang, colors, width }: Showing,
): string[] {
  const next = findNext(judged)
  const tell = createTell(lang)
  if (!next) return []
  const { property, why } = next
  const folder = relative(root, exerciseFolder(task.step))
  const say = (text: string) =>
    wrapProse(text, width - 4).map((l) => `    ${l}`)
  return [
    `  ${colors.bold(tell(words.nextThing))} ${property.id}`,
    ...say(property.claim[lang]),
    ...say(why).map((line) => colors.red(line)),
    `    ${tell(words.lookAt, { file: `${folder}/${placeOf(task, property.id)}` })}`,
  ]
}

/** What one judgement came to, and what to do now. */
function summarize(task: Task, judged: Judged, showing: Showing): string {
  const { lang, colors, width } = showing
  const tell = createTell(lang)
  const { step } = task
  if (judged.failure) {
    return `${[
      `  ${colors.red(tell(words.yoursDoesNotStart))}`,
      ...wrapProse(judged.failure, width - 4).map((line) => `    ${line}`),
      `  ${colors.dim(tell(words.savesAreSeen))}`,
      '',
    ].join('\n')}\n`
  }
  const code = encodeProgress(step, judged)
  if (isDone(judged)) {
    const fresh = judged.results.filter(
      ({ property }) => property.since === step,
    )
    return `${[
      frameOf(task, judged, showing),
      '',
      `  ${colors.green(colors.bold(tell(words.exerciseDone, { step })))}`,
      '',
      `  ${colors.bold(tell(words.whyItHolds))}`,
      ...fresh.flatMap(({ property }) => [
        `  ${colors.green('✓')} ${property.id}`,
        ...wrapProse(property.claim[lang], width - 6).map(
          (line) => `      ${line}`,
        ),
        `      ${colors.dim(property.source[0] ?? '')}`,
      ]),
      '',
      `  ${tell(words.doneNext, { step })}`,
      `  ${tell(words.readAloud, { code: colors.bold(code) })}`,
      '',
    ].join('\n')}\n`
  }
  return `${[
    frameOf(task, judged, showing),
    '',
    `    ${tell(words.hintIsThere)}`,
    `  ${colors.dim(tell(words.savesAreSeen))}`,
    '',
  ].join('\n')}\n`
}
