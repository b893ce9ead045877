import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { languages, type Step } from 'guardcheck'
import { parse as parseToml } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { createAsk, type Part, portOf } from '../src/connect/recipes/client.ts'
import { clients } from '../src/connect/recipes/list.ts'
import {
  type Shell,
  shells,
  type Word,
  writeCommand,
  writeSecret,
  writeVariable,
} from '../src/connect/shells.ts'
import { listClients, showClient, writePart } from '../src/connect/show.ts'
import { checkPages } from '../src/connect/write-pages.ts'
import { createColors } from '../src/terminal/colors.ts'
import { createTell } from '../src/terminal/tell.ts'
import { readCmd, readPowershell } from './reading.ts'
import { createFolder } from './run.ts'
import { schemas } from './schemas.ts'

const steps: Step[] = [0, 1, 2, 3]
const colors = createColors({ NO_COLOR: '1' }, { isTTY: false })

/** What the environment holds where commands are read. */
const variables = { MCP_TOKEN: 's3cret-of-the-test', PWD: '/somewhere else' }

const isRun = (part: Part): part is Extract<Part, { kind: 'run' }> =>
  part.kind === 'run'

/** The argument that a program is to get, whatever the shell. */
const meant = (word: Word): string =>
  typeof word === 'string'
    ? word
    : word.expand.replace(
        /\{(\w+)\}/g,
        (_, name: keyof typeof variables) => variables[name],
      )

/** A folder of programs that print how they were called. */
function createStubs(names: string[]): string {
  const folder = createFolder()
  const text = [
    '#!/bin/bash',
    'printf "%s" "$(basename "$0")"',
    'for word; do printf "\\0%s" "$word"; done',
    'printf "\\0\\0\\n"',
    '',
  ].join('\n')
  for (const name of new Set(names)) {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o755)
  }
  return folder
}

test('the pages are what the command says', async () => {
  let said = ''
  const print = (text: string) => {
    said += text
  }
  const code = await checkPages({ tell: createTell('en'), print })
  expect({ code, said }).toMatchObject({ code: 0 })
})

test('every client is listed in both languages', () => {
  for (const lang of languages) {
    const list = listClients({ lang, colors, width: 80 })
    for (const { name } of clients) expect(list).toContain(name)
  }
})

describe.each(clients.map((client) => [client.name, client] as const))(
  '%s',
  (_, client) => {
    const partsOf = (step: Step) =>
      client.parts(createAsk(step, portOf(step), '/guard-up'))

    test.each(steps)('at step %i has no secret in any file or line', (step) => {
      for (const part of partsOf(step)) {
        for (const shell of shells) {
          const { text = '' } = writePart(part, shell) ?? {}
          expect(text).not.toMatch(/gup_|guard-up-demo|shared-secret/)
          expect(text).not.toMatch(/REJECT_UNAUTHORIZED|--insecure|curl -k/)
        }
      }
    })

    test.each(steps)('at step %i writes files as its page says', (step) => {
      for (const part of partsOf(step)) {
        if (part.kind !== 'file' || part.syntax === 'js') continue
        const read = part.syntax === 'toml' ? parseToml : JSON.parse
        schemas[part.path.en]?.parse(read(part.text))
        expect(Object.keys(schemas)).toContain(part.path.en)
      }
    })

    test('in its files, takes no argument that Windows would split', () => {
      for (const part of steps.flatMap(partsOf)) {
        if (part.kind !== 'file' || part.syntax !== 'json') continue
        for (const [, args] of part.text.matchAll(/"args": \[([^\]]*)\]/g)) {
          for (const arg of JSON.parse(`[${args}]`))
            expect(arg).not.toMatch(/\s/)
        }
      }
    })

    test.skipIf(process.platform === 'win32')(
      'bash hands its programs every argument as it is meant',
      () => {
        const runs = steps.flatMap(partsOf).filter(isRun)
        const folder = createStubs(runs.map(({ words }) => `${words[0]}`))
        const script = runs.map((part) => writePart(part, 'bash')?.text)
        const said = execFileSync('bash', ['-e', '-c', script.join('\n')], {
          env: { ...variables, PATH: `${folder}:/usr/bin:/bin` },
          encoding: 'utf8',
        })
        const calls = said.split('\0\0\n').slice(0, -1)
        expect(calls.map((call) => call.split('\0'))).toEqual(
          runs.map(({ words }) => words.map(meant)),
        )
      },
    )

    test.each([
      ['powershell', readPowershell],
      ['cmd', readCmd],
    ] as const)('%s reads every argument as it is meant', (shell, read) => {
      for (const part of steps.flatMap(partsOf).filter(isRun)) {
        const [program, ...args] = part.words.map(meant)
        const [said, ...rest] = read(writeCommand(part.words, shell), variables)
        expect(rest).toEqual(args)
        expect(said).toBe(
          program === 'curl' && shell === 'powershell' ? 'curl.exe' : program,
        )
      }
    })

    test.each(steps)('at step %i leaves nothing unsaid', (step) => {
      for (const lang of languages) {
        for (const shell of shells) {
          const options = { lang, colors, width: 80 }
          const shown = showClient(client, step, options, { shell })
          expect(shown).not.toMatch(/\[object|[:=] ?undefined/)
        }
      }
    })
  },
)

test.skipIf(process.platform === 'win32')(
  'bash takes a secret from what is typed, and shows none of it',
  () => {
    const script = `${writeSecret('T', 'bash')}\nprintf %s "$T" | wc -c`
    const options = { input: 's3cret\n', encoding: 'utf8' } as const
    expect(execFileSync('bash', ['-c', script], options).trim()).toBe('6')
  },
)

test.skipIf(process.platform === 'win32')(
  'a variable reaches the programs that bash starts',
  () => {
    const value = { expand: 'Bearer {MCP_TOKEN}' }
    const script = `${writeVariable('HEADER', value, 'bash')}\nprintenv HEADER`
    const options = { env: { ...process.env, ...variables }, encoding: 'utf8' }
    const said = execFileSync('bash', ['-c', script], options as never)
    expect(`${said}`.trim()).toBe(meant(value))
  },
)

test('a variable is set in the words of each shell', () => {
  const folder = { expand: '{PWD}/certs/ca.pem' }
  const set = (shell: Shell) => writeVariable('CA', folder, shell)
  expect(set('bash')).toBe('export CA="$PWD/certs/ca.pem"')
  expect(set('powershell')).toBe('$env:CA = "$PWD/certs/ca.pem"')
  expect(set('cmd')).toBe('set "CA=%CD%/certs/ca.pem"')
})

test('a double quote is written for no shell that would lose it', () => {
  for (const shell of ['powershell', 'cmd'] as const) {
    expect(() => writeCommand(['curl', '{"a":1}'], shell)).toThrow(shell)
  }
})

test('no shell is asked to show a secret while it is typed', () => {
  expect(writeSecret('T', 'bash')).toContain('read -rs T')
  expect(writeSecret('T', 'powershell')).toContain('-AsSecureString')
})
