import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { folderOf } from './step.ts'

/** Where the servers of others live, with a lockfile of their own. */
export const peersFolder = folderOf('peers')

/** Installs what the servers are built of, as the lockfile says. */
export async function installPeers(): Promise<void> {
  const pnpm = ['--prefer-offline', '-y', 'pnpm@12.21.0']
  const install = ['--dir', peersFolder, 'install', '--frozen-lockfile']
  const options = { cwd: peersFolder, timeout: 300_000 }
  await promisify(execFile)('npx', [...pnpm, ...install], options)
}
