import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (file: string) =>
  readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')

/** The members of an interface, by the names that its source gives them. */
function membersOf(file: string, name: string): string[] {
  const [, body = ''] =
    new RegExp(`^export interface ${name}\\b.*?\\{\\n(.*?)^\\}`, 'ms').exec(
      read(file),
    ) ?? []
  return [...body.matchAll(/^ {2}(\w+)\??[:(]/gm)].map(
    ([, member]) => `${member}`,
  )
}

test.each([
  ['src/probe/options.ts', 'SubjectOptions'],
  ['src/probe/options.ts', 'IssuerHold'],
  ['src/judge/check.ts', 'Choice'],
  ['src/judge/check.ts', 'CheckOptions'],
  ['src/judge/describe.ts', 'DescribeOptions'],
])('the README names every option of %s, %s', (file, name) => {
  const members = membersOf(file, name)
  expect(members.length).toBeGreaterThan(0)
  const readme = read('README.md')
  const unnamed = members.filter(
    (member) => !new RegExp(`\`${member}\\b`).test(readme),
  )
  expect(unnamed).toEqual([])
})
