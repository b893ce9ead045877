// Keeps the flaws in step with what they break: npm run -s flaw -- --help
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { formatPatch, type StructuredPatch } from 'diff'
import {
  breakBase,
  listExercises,
  readBase,
  readFlaw,
  readSources,
  writeSources,
} from './exercise.ts'
import { applyTo, combine, createPatch } from './patch.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../', import.meta.url))
const built = join(here, '.built')
const editable = (name: string) => join(built, `flaw-${name}`)
const placeOf = (name: string) => relative(root, editable(name))
/** What an editable copy was before its flaw; beside the code, not in it. */
const plain = (name: string) => join(editable(name), 'plain')

/** Says which do not apply; resolves with whether all do. */
async function checkAll(names: string[]): Promise<boolean> {
  let fine = true
  for (const name of names.length > 0 ? names : await listExercises()) {
    const { base, misfits } = await breakBase(name)
    for (const file of misfits) {
      fine = false
      console.error(`${name} does not apply to ${file} of ${base}.`)
    }
  }
  return fine
}

/** Lays the named ones to be edited, or mends what does not apply. */
async function bringAll(names: string[]): Promise<boolean> {
  let fine = true
  for (const name of names) {
    if (await lay(name)) console.log(`${name} lies in ${placeOf(name)}`)
    else fine = false
  }
  if (names.length > 0) return fine
  for (const name of await listExercises()) {
    const { sources, base, misfits } = await breakBase(name)
    // What applies elsewhere than it says is recorded where it is now.
    if (misfits.length === 0) {
      await write(name, createPatch(await readBase(base), sources))
    } else if (await lay(name)) fine = (await recordOne(name)) && fine
    else fine = false
  }
  return fine
}

/** Records the named ones, or all that are laid. */
async function recordAll(names: string[]): Promise<boolean> {
  const laid = (await readdir(built).catch(() => []))
    .filter((folder) => folder.startsWith('flaw-'))
    .map((folder) => folder.slice('flaw-'.length))
  let fine = true
  for (const name of names.length > 0 ? names : laid) {
    fine = (await recordOne(name)) && fine
  }
  return fine
}

/**
 * Lays an editable copy; where the flaw does not apply, with it merged into
 * what has changed. Resolves with whether nothing is left to be mended.
 */
async function lay(name: string): Promise<boolean> {
  const folder = editable(name)
  if (existsSync(folder)) {
    console.error(`${placeOf(name)} is there: record or remove it.`)
    return false
  }
  const { base, sources, misfits } = await breakBase(name)
  const conflicts: string[] = []
  for (const { file, patch } of await readFlaw(name)) {
    if (!misfits.includes(file)) continue
    const merged = await merge(name, base, patch, sources.get(file))
    sources.set(file, merged)
    if (marker.test(merged)) conflicts.push(file)
  }
  await writeSources(plain(name), await readBase(base))
  await writeSources(folder, sources)
  if (conflicts.length === 0) return true
  console.error(`${name} has conflicts: mend ${conflicts} in ${placeOf(name)}`)
  return false
}

/** Writes the patch that leads to an editable copy, and removes that. */
async function recordOne(name: string): Promise<boolean> {
  const folder = editable(name)
  if (!existsSync(folder)) {
    console.error(`${name} is not laid: npm run -s flaw -- ${name}`)
    return false
  }
  const sources = await readSources(folder)
  for (const [file, text] of sources) {
    if (!marker.test(text)) continue
    console.error(`${name}: ${file} has conflicts.`)
    return false
  }
  const text = createPatch(await readSources(plain(name)), sources)
  if (text === '') {
    console.error(`${name}: nothing differs.`)
    return false
  }
  await write(name, text)
  await rm(folder, { recursive: true })
  return true
}

async function write(name: string, text: string): Promise<void> {
  const file = join(here, name, 'flaw.patch')
  const before = existsSync(file) ? await readFile(file, 'utf8') : ''
  if (before === text) return
  await writeFile(file, text)
  console.log(`${relative(root, file)} recorded`)
}

const marker = /^(<{7}|>{7}) /m

/**
 * The newest committed text of a file to which its patch applies, under the
 * name that the file had then, and the text with the flaw.
 */
function findBefore(base: string, patch: StructuredPatch) {
  const file = `${patch.newFileName}`
  const log = git(
    ['log', '--follow', '--format=%x00%H', '--name-only'],
    ['--', `packages/${base}/${file}`],
  )
  for (const entry of log.stdout.split('\0').slice(1)) {
    const [commit, path] = entry.split('\n').filter(Boolean)
    const { stdout: text, status } = git(['show', `${commit}:${path}`])
    if (status !== 0) continue
    const broken = applyTo(new Map([[file, text]]), patch)
    if (broken !== undefined) return { text, broken }
  }
  return undefined
}

/**
 * What a file is now with the flaw merged in, or with what git leaves where
 * two changes meet; the patch itself where no commit fits it.
 */
async function merge(
  name: string,
  base: string,
  patch: StructuredPatch,
  now?: string,
): Promise<string> {
  const before = now === undefined ? undefined : findBefore(base, patch)
  if (now === undefined || before === undefined) {
    return `${now ?? ''}<<<<<<< ${name}\n${formatPatch(patch)}>>>>>>> ${name}\n`
  }
  const combined = combine(before.text, now, before.broken)
  if (combined !== undefined) return combined
  const folder = await mkdtemp(join(tmpdir(), 'guard-up-flaw-'))
  try {
    const files = ['now', 'before', 'broken'].map((file) => join(folder, file))
    for (const [at, text] of [now, before.text, before.broken].entries()) {
      await writeFile(`${files[at]}`, text)
    }
    const labels = ['now', 'before', name].flatMap((label) => ['-L', label])
    const { stdout, stderr, status } = git(
      ['merge-file', '-p', '--diff3', ...labels],
      files,
    )
    // Else it is the number of conflicts.
    if (status === null || status > 127) throw new Error(stderr)
    return stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}

const git = (...args: string[][]) =>
  spawnSync('git', args.flat(), { cwd: root, encoding: 'utf8' })

const program = new Command('flaw')
program
  .description(
    'Bring broken servers onto what their steps are now. Without a name: ' +
      'every flaw that no longer applies is merged, and recorded if nothing ' +
      'is in conflict. With names: each is laid out to be edited, one whose ' +
      'folder holds no flaw.patch yet as a plain copy of its base.',
  )
  .argument('[names...]', 'folders of lessons/exercises')
  .option('--record', 'write flaw.patch from what was edited')
  .option('--check', 'exit 1 when a flaw does not apply, and say which')
  .action(async (names: string[], { record, check }) => {
    const known = await listExercises()
    const unknown = names.filter((name) => !known.includes(name))
    if (unknown.length > 0) program.error(`No exercise.json: ${unknown}`)
    const task = check ? checkAll : record ? recordAll : bringAll
    process.exitCode = (await task(names)) ? 0 : 1
  })
  .parseAsync()
