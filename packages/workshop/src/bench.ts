// Runs `packages/*/bench/NAME.ts`, or lists what there is.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../..', import.meta.url))
const files = readdirSync(packages)
  .map((name) => join(packages, name, 'bench'))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((file) => file.endsWith('.ts'))
  .sort()
const nameOf = (file: string) => basename(file, '.ts')

/** The first line of what a benchmark says of itself. */
const readClaim = (file: string) =>
  /\/\*\*[\s*]*(.+?)(?: \*\/)?\n/.exec(readFileSync(file, 'utf8'))?.[1] ?? ''

const [name, ...args] = process.argv.slice(2)
const file = files.find((file) => nameOf(file) === name)
if (file) {
  const command = ['--import', 'tsx', file, ...args]
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' })
  process.exitCode = status ?? 1
} else {
  const width = Math.max(...files.map((file) => nameOf(file).length))
  for (const file of files) {
    console.log(`${nameOf(file).padEnd(width)}  ${readClaim(file)}`)
  }
  process.exitCode = name ? 1 : 0
}
