import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/**
 * A broken server: a step, or the authorization server, with one file or two
 * that have a hole in them.
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
  /** The files that lie over those of its base. */
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
  const files = (await readdir(join(here, name))).filter((file) =>
    file.endsWith('.ts'),
  )
  return { name, files, ...Exercise.parse(JSON.parse(text)) }
}

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
 * Lays the exercise's files over those of the same name in a copy of its
 * base, in `bin` or else in `src`, and returns the folder, which starts like
 * the base itself. Whoever builds it beside somebody else gives it a folder
 * name of their own.
 */
export async function buildExercise(
  name: string,
  folderName = name,
): Promise<string> {
  const folder = join(here, '.built', folderName)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await layExercise(name, folder)
  return folder
}

/** Puts a copy of its base into a folder, and the exercise's files over it. */
export async function layExercise(name: string, folder: string): Promise<void> {
  const { base, files } = await readExercise(name)
  for (const part of ['src', 'bin']) {
    await cp(join(packages, base, part), join(folder, part), {
      recursive: true,
    }).catch((error) => {
      // Only later steps have a command of their own.
      if (part === 'src' || error.code !== 'ENOENT') throw error
    })
  }
  for (const file of files) {
    const command = join(folder, 'bin', file)
    const place = existsSync(command) ? command : join(folder, 'src', file)
    await cp(join(here, name, file), place)
  }
}
