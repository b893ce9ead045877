import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Has something ended together with the whole that it is a part of. */
export type Defer = (end: () => unknown) => void

/**
 * Opens something made of parts, whose `stop` ends what was deferred: the last
 * first, and each whatever became of the others. Where a part fails to open,
 * those before it are ended as well.
 * @throws {Error} that of the part that failed, when nothing is left of it
 */
export async function openWhole<T extends object>(
  open: (defer: Defer) => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
  const ends: (() => unknown)[] = []
  const stop = async () => {
    const failures: unknown[] = []
    for (const end of ends.splice(0).reverse()) {
      await Promise.resolve()
        .then(end)
        .catch((error) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }
  try {
    return Object.assign(await open((end) => void ends.push(end)), { stop })
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
}

/** Makes a folder that nobody else can read, and that ends with the whole. */
export async function openFolder(name: string, defer: Defer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `guard-up-${name}-`))
  defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}
