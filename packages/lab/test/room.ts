import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished, vi } from 'vitest'

/**
 * A folder for whatever is written to the system's own; answers what is left of
 * that, and which processes and listeners of ours there are.
 */
export function openRoom() {
  const room = mkdtempSync(join(tmpdir(), 'guard-up-room-'))
  vi.stubEnv('TMPDIR', room)
  const others = listHandles().length
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(room, { recursive: true, force: true })
  })
  return {
    /** Makes a folder that is no step, with these files in it. */
    write(files: Record<string, string>): string {
      const folder = join(room, 'own')
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true })
        writeFileSync(join(folder, name), text)
      }
      return folder
    },
    listLeft: () => [
      ...readdirSync(room).filter((name) => /^guard(-up|check)-/.test(name)),
      ...listHandles().slice(others),
    ],
  }
}

const listHandles = () =>
  process
    .getActiveResourcesInfo()
    .filter((name) => /^(ProcessWrap|TCPServerWrap)$/.test(name))
