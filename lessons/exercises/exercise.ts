import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parsePatch } from 'diff'
import { z } from 'zod'
import { applyTo, type Sources } from './patch.ts'

/**
 * A broken server: a step, or the authorization server, with a hole that
 * flaw.patch makes in a file of it or two.
 */
const Exercise = z.strictObject({
  /** The package that it is a broken copy of. */
  base: z.enum(['step-0', 'step-1', 'step-2', 'step-3', 'issuer']),
  /** What somebody did, in a sentence. */
  story: z.strictObject({ en: z.string(), ja: z.string() }),
  /** `isolated`: it listens beyond loopback, so it runs where nothing else is. */
  network: z.literal('isolated').optional(),
  /** The properties that it breaks: these and no others. */
  red: z.array(z.string()).min(1),
})

export type Exercise = z.infer<typeof Exercise> & {
  name: string
  /** The files that differ from those of its base, such as `src/oauth.ts`. */
  files: string[]
}

const here = fileURLToPath(new URL('.', import.meta.url))
const packages = fileURLToPath(new URL('../../packages/', import.meta.url))

/** The names of all broken servers: the folders that hold an exercise.json. */
export async function listExercises(): Promise<string[]> {
  const entries = await readdir(here, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.name === 'exercise.json')
    .map((entry) => entry.parentPath.slice(here.length))
    .filter((name) => !/[\\/]|^\.built|^node_modules/.test(name))
    .sort()
}

/**
 * What a broken server says of itself.
 * @throws {Error} when its exercise.json is missing or malformed
 */
export async function readExercise(name: string): Promise<Exercise> {
  const text = await readFile(join(here, name, 'exercise.json'), 'utf8')
  const files = (await readFlaw(name)).map(({ file }) => file)
  return { name, files, ...Exercise.parse(JSON.parse(text)) }
}

/** The patch of each file that differs; none while there is no flaw.patch. */
export async function readFlaw(name: string) {
  const file = join(here, name, 'flaw.patch')
  const text = await readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return patchesOf(text)
}

const patchesOf = (text: string) =>
  (text ? parsePatch(text) : []).map((patch) => ({
    file: `${patch.newFileName}`,
    patch,
  }))

const Repair = z.strictObject({ repair: z.string(), but: z.string() })

/** The broken servers as puzzles. */
const Puzzles = z.strictObject({
  /** Names, the easiest first: a puzzle is known by its place. */
  order: z.array(z.string()),
  /** Repairs that many try first, and why they are none. */
  tempting: z.record(
    z.string(),
    z.array(z.strictObject({ en: Repair, ja: Repair })),
  ),
})

export type Puzzles = z.infer<typeof Puzzles>

/** Which broken servers are puzzles, and in which order. */
export async function readPuzzles(): Promise<Puzzles> {
  const text = await readFile(join(here, 'puzzles.json'), 'utf8')
  return Puzzles.parse(JSON.parse(text))
}

/**
 * Builds a broken server in a folder that starts like its base, and returns
 * that. Whoever builds it beside somebody else gives it a folder name of their
 * own.
 */
export async function buildExercise(
  name: string,
  folderName = name,
): Promise<string> {
  const folder = join(here, '.built', folderName)
  await rm(folder, { recursive: true, force: true })
  await layExercise(name, folder)
  return folder
}

/**
 * Puts a copy of its base into a folder, with the flaw in it.
 * @throws {Error} when the flaw does not apply to what its base is now
 */
export async function layExercise(name: string, folder: string): Promise<void> {
  const { base, sources, misfits } = await breakBase(name)
  if (misfits.length > 0) {
    throw new Error(
      `The flaw of ${name} does not apply to ${misfits.join(' and ')} of ` +
        `${base} any more: npm run -s flaw lays it anew.`,
    )
  }
  await writeSources(folder, sources)
}

/**
 * What its base is now, with the flaw in it; `misfits` are the files to which
 * it does not apply.
 */
export async function breakBase(name: string) {
  const { base } = await readExercise(name)
  return { base, ...(await breakWith(base, await readFlaw(name))) }
}

/**
 * What a package is now, with the patches in a text in it, and the files to
 * which they do not apply. What stands before the first of them is not read.
 */
export const patchBase = (base: string, text: string) =>
  breakWith(base, patchesOf(text))

async function breakWith(base: string, patches: ReturnType<typeof patchesOf>) {
  const sources = await readBase(base)
  const misfits: string[] = []
  for (const { file, patch } of patches) {
    const text = applyTo(sources, patch)
    if (text === undefined) misfits.push(file)
    else sources.set(file, text)
  }
  return { sources, misfits }
}

/** The files of a package that can be broken. */
export const readBase = (base: string) => readSources(join(packages, base))

/** What a package runs; only some have a command of their own. */
const parts = ['src', 'bin']

/** The files in a folder that a package runs. */
export async function readSources(folder: string): Promise<Sources> {
  const sources: Sources = new Map()
  for (const part of parts) {
    const entries = await readdir(join(folder, part), {
      withFileTypes: true,
      recursive: true,
    }).catch((error) => {
      if (part === 'src' || error.code !== 'ENOENT') throw error
      return []
    })
    for (const entry of entries.filter((entry) => entry.isFile())) {
      const path = join(entry.parentPath, entry.name)
      const file = relative(folder, path).replaceAll(sep, '/')
      sources.set(file, await readFile(path, 'utf8'))
    }
  }
  return sources
}

/** Writes files into a folder, in which others stay. */
export async function writeSources(
  folder: string,
  sources: Sources,
): Promise<void> {
  for (const [file, text] of sources) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
}
