import { readFileSync } from 'node:fs'

/** The file that a command of an installed package runs. */
export function programOf(name, command) {
  const folder = new URL(`node_modules/${name}/`, import.meta.url)
  const manifest = new URL('package.json', folder)
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  return new URL(bin[command], folder).pathname
}
