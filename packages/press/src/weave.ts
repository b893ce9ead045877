import { existsSync, readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { Command } from 'commander'
import write from 'write-file-atomic'
import { type Lesson, listPictures, readFronts, readLessons } from './lesson.ts'
import { bless, compareLanguages } from './parity.ts'
import { drawPicture } from './picture.ts'
import { checkLessons } from './rules.ts'
import { root } from './steps.ts'
import { openStage } from './transcript.ts'
import { weave } from './woven.ts'

interface Options {
  check?: true
  run?: true
  bless?: true
}

new Command('weave')
  .description('Put code, diffs, exchanges and properties into the lessons')
  .argument('[files...]', 'texts, such as lessons/ja/1-bearer.md; else all')
  .option('--check', 'write nothing; exit 1 when a lesson is not as it must be')
  .option('--run', 'run what the exchanges and transcripts show as well')
  .option('--bless', 'record that these translations were read again')
  .action(async (files: string[], options: Options) => {
    const wanted = files.map((file) => relative(root, resolve(file)))
    const unknown = wanted.find(
      (file) =>
        ![...readLessons(), ...readFronts()].some(
          (lesson) => lesson.file === file,
        ),
    )
    if (unknown) throw new Error(`${unknown} is no lesson.`)
    const faults = await (options.bless
      ? blessAll(wanted)
      : weaveAll(wanted, options))
    for (const fault of faults) console.error(fault)
    if (faults.length > 0) process.exitCode = 1
  })
  .parseAsync()
  .catch((error: Error) => {
    console.error(error.message)
    process.exitCode = 1
  })

/** Weaves the wanted lessons, or all; says what could not be. */
async function weaveAll(
  wanted: string[],
  { check, run }: Options,
): Promise<string[]> {
  const lessons = readLessons()
  const faults: string[] = []
  for (const lesson of [...lessons, ...readFronts()]) {
    if (wanted.length > 0 && !wanted.includes(lesson.file)) continue
    const stage = run ? await openStage(lesson.language) : undefined
    const woven = await weave(lesson, lessons, { stage }).finally(() =>
      stage?.close(),
    )
    faults.push(...woven.faults, ...drawAll(lesson, check))
    if (woven.text === lesson.text) continue
    if (check) faults.push(describeChange(lesson, woven.text))
    else save(lesson, woven.text)
  }
  if (!check) return faults
  return [...faults, ...checkLessons(lessons), ...compareLanguages(lessons)]
}

/** Draws the pictures of a lesson anew, or says which are not as drawn. */
function drawAll(lesson: Lesson, check: true | undefined): string[] {
  return listPictures(lesson).flatMap(({ name, file }) => {
    const drawn = drawPicture(name, lesson.language)
    const path = resolve(root, file)
    if (existsSync(path) && readFileSync(path, 'utf8') === drawn) return []
    if (check) return [`${file} is not as drawn: run npm run weave.`]
    write.sync(path, drawn)
    console.log(file)
    return []
  })
}

/** Records what the wanted translations translate. */
function blessAll(wanted: string[]): string[] {
  const lessons = readLessons()
  return wanted.flatMap((file) => {
    const read = lessons.find((lesson) => lesson.file === file)
    const english = lessons.find(
      ({ language, name }) => language === 'en' && name === read?.name,
    )
    if (read?.language !== 'ja' || !english) return [`${file} translates none.`]
    save(read, bless(english, read))
    return []
  })
}

function save({ file }: Lesson, text: string): void {
  write.sync(resolve(root, file), text)
  console.log(file)
}

/** Where a lesson is no longer what it quotes. */
function describeChange({ file, text }: Lesson, now: string): string {
  const [before, after] = [text.split('\n'), now.split('\n')]
  const at = before.findIndex((line, index) => line !== after[index])
  return `${file}:${at + 1} is not woven: run npm run weave.`
}
