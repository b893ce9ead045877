import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The tool that a mirror stands in for, and what it is called with. */
export const mirrored = { name: 'read_document', arguments: { path: '.' } }

/**
 * Copies the server in a folder to another one, where a tool answers with all
 * that it is given.
 * @throws {Error} when the server is not written as the steps are
 */
export async function copyMirrored(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await cp(join(from, 'src'), join(to, 'src'), { recursive: true })
  await cp(new URL('./mirror.ts', import.meta.url), join(to, 'src/mirror.ts'))
  await writeFile(join(to, 'package.json'), '{ "type": "module" }\n')
  await symlink(findModules(from), join(to, 'node_modules'))
  await edit(join(to, 'src/tools.ts'), [
    [/^/, "import { mirror } from './mirror.ts'\n"],
    [
      /\(\{ path \}\) => answer\(\(\) => office\.readDocument\(path\)\)/,
      'mirror',
    ],
  ])
  await edit(join(to, 'src/mcp.ts'), [
    [/^/, "import { served } from './mirror.ts'\n"],
    [
      /(?<=return async \(req, res\) => \{\n)/,
      'served.enterWith({ req, res })\n',
    ],
  ])
}

/** Makes each change in a file, which must have a place for it. */
async function edit(file: string, changes: [at: RegExp, put: string][]) {
  let text = await readFile(file, 'utf8')
  for (const [at, put] of changes) {
    if (!at.test(text)) throw new Error(`${file} has no place like ${at}.`)
    text = text.replace(at, () => put)
  }
  await writeFile(file, text)
}

/** The packages that are found from a folder. */
function findModules(folder: string): string {
  const modules = join(folder, 'node_modules')
  if (existsSync(modules) || dirname(folder) === folder) return modules
  return findModules(dirname(folder))
}
