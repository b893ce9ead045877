import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, rename, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../repository.ts'

/** Where a learner works: a folder of the root, which git leaves alone. */
export const bench = join(root, process.env.WORKSHOP_FOLDER ?? 'workshop')

/**
 * Makes a folder in the workshop, in which `build` puts a package. What stood
 * there before is kept beside it, under the time of this call.
 */
export async function makeFolder(
  name: string,
  modulesOf: string,
  build: (folder: string) => Promise<void>,
): Promise<{ folder: string; kept?: string }> {
  const folder = join(bench, name)
  const fresh = `${folder}.new`
  await mkdir(bench, { recursive: true })
  await mkdir(fresh, { recursive: true })
  await build(fresh)
  // The packages that it imports: no second install.
  await symlink(
    join(root, 'packages', modulesOf, 'node_modules'),
    join(fresh, 'node_modules'),
    'junction',
  ).catch((error) => {
    if (error.code !== 'EEXIST') throw error
  })
  const kept = existsSync(folder) ? await keep(folder) : undefined
  await rename(fresh, folder)
  return { folder, ...(kept ? { kept } : {}) }
}

/** Puts a folder aside under the time, which no two share. */
async function keep(folder: string): Promise<string> {
  const time = new Date().toISOString().replace(/[:.]/g, '-').slice(0, 23)
  const kept = `${folder}.${time}`
  await rename(folder, kept)
  return kept
}

/** Copies the parts of a package that a server consists of. */
export async function copyPackage(
  name: string,
  folder: string,
  parts = ['src', 'bin', 'package.json', 'tsconfig.json'],
): Promise<void> {
  const from = join(root, 'packages', name)
  for (const part of parts) {
    if (!existsSync(join(from, part))) continue
    await cp(join(from, part), join(folder, part), { recursive: true })
  }
}

/** The folders of exercises that are open, the last changed one first. */
export async function listOpen(): Promise<{ step: number; folder: string }[]> {
  const names = await readdir(bench).catch(() => [])
  const open = await Promise.all(
    names
      .filter((name) => /^exercise-[123]$/.test(name))
      .map(async (name) => {
        const folder = join(bench, name)
        const files = await readdir(join(folder, 'src')).catch(() => [])
        const times = await Promise.all(
          files.map(
            async (file) => (await stat(join(folder, 'src', file))).mtimeMs,
          ),
        )
        return {
          step: Number(name.at(-1)),
          folder,
          time: Math.max(0, ...times),
        }
      }),
  )
  return open.sort((a, b) => b.time - a.time)
}
