import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './steps.ts'

/**
 * What a `source` binding leads to: a file, one declaration of it, the part of
 * that which begins at a word, or the diff of its two copies.
 * @throws {Error} which names what is not there
 */
export function readSource(binding: string, folder = root): string {
  const diff = /^(.*\/)?([\w-]+)\.\.([\w-]+)\/([^#]+)$/.exec(binding)
  if (diff) {
    const [, place = 'packages/', before = '', after = '', file = ''] = diff
    return diffOf(`${before}/${file}`, `${after}/${file}`, join(folder, place))
  }
  const [path = '', name, word] = binding.split('#')
  const text = readFileSync(locate(path, folder), 'utf8')
  if (name === undefined) return text
  const found = findDeclaration(text, name)
  if (found === undefined) throw new Error(`${path} declares no ${name}.`)
  if (word === undefined) return found
  const part = findPart(found, word)
  if (part === undefined) throw new Error(`${name} of ${path} has no ${word}.`)
  return part
}

/** The first line with a word in it, and what is indented below it. */
function findPart(text: string, word: string): string | undefined {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => line.includes(word))
  if (first < 0) return undefined
  const depthOf = (line = '') => /^ */.exec(line)?.[0].length ?? 0
  const depth = depthOf(lines[first])
  let end = first + 1
  while (depthOf(lines[end]) > depth) end += 1
  const closes = /^ *[)\]}]/.test(lines[end] ?? '')
  return `${lines.slice(first, closes ? end + 1 : end).join('\n')}\n`
}

/** Where a path of a binding is: in `packages`, or else in the root. */
function locate(path: string, folder: string): string {
  const places = [join(folder, 'packages', path), join(folder, path)]
  const found = places.find((place) => existsSync(place))
  if (!found) throw new Error(`There is no ${path}.`)
  return found
}

/**
 * A top-level declaration with the comment above it. Formatted code closes
 * one at column 0, so its end is seen without a parser.
 */
export function findDeclaration(
  text: string,
  name: string,
): string | undefined {
  const lines = text.split('\n')
  const head = new RegExp(
    `^(export )?(async )?(function|class|interface|type|const|let) ${name}\\b`,
  )
  const first = lines.findIndex((line) => head.test(line))
  if (first < 0) return undefined
  let start = first
  while (/^(\/\*\*| \*|\/\/)/.test(lines[start - 1] ?? '')) start -= 1
  let end = first + 1
  while (/^($|\s|[)\]}])/.test(lines[end] ?? '-')) end += 1
  return `${lines.slice(start, end).join('\n').trimEnd()}\n`
}

function diffOf(before: string, after: string, folder: string): string {
  const options = ['diff', '--no-index', '--no-prefix', '--no-color']
  try {
    execFileSync('git', [...options, '--', before, after], {
      cwd: folder,
      encoding: 'utf8',
    })
  } catch (error) {
    const { status, stdout } = error as { status?: number; stdout?: string }
    if (status === 1 && stdout) return stdout.replace(/^[\s\S]*?(?=^--- )/m, '')
    throw error
  }
  throw new Error(`${after} is ${before}: there is no diff to show.`)
}
