import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { languages, type Step } from 'guardcheck'
import { describe, expect, test } from 'vitest'
import { clients, createAsk, portOf } from '../src/clients.ts'
import { listClients, showClient, writePart } from '../src/connect.ts'
import { checkPages } from '../src/pages.ts'
import { shells, writeCommand, writeSecret } from '../src/shells.ts'
import { createColors } from '../src/terminal.ts'
import { createTell } from '../src/words.ts'
import { createFolder } from './run.ts'

const steps: Step[] = [0, 1, 2, 3]
const colors = createColors({ NO_COLOR: '1' }, { isTTY: false })

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

    test.each(steps)('at step %i writes JSON that is JSON', (step) => {
      for (const part of partsOf(step)) {
        if (part.kind !== 'file' || part.syntax !== 'json') continue
        expect(() => JSON.parse(part.text)).not.toThrow()
      }
    })

    test.skipIf(process.platform === 'win32').each(steps)(
      'at step %i, bash reads every line',
      (step) => {
        for (const part of partsOf(step)) {
          if (part.kind === 'file' || part.kind === 'note') continue
          const { text = '' } = writePart(part, 'bash') ?? {}
          execFileSync('bash', ['-n', '-c', text], { stdio: 'pipe' })
        }
      },
    )

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
  'bash hands a program each argument as it is meant',
  () => {
    const folder = createFolder()
    mkdirSync(folder, { recursive: true })
    const stub = join(folder, 'show')
    writeFileSync(stub, '#!/bin/sh\nprintf "%s\\n" "$@"\n')
    chmodSync(stub, 0o755)
    const words = ['show', '--header', 'Authorization: Bearer $T', "it's"]
    const line = writeCommand(words, 'bash')
    const env = { PATH: `${folder}${delimiter}${process.env.PATH}`, T: 'no' }
    const said = execFileSync('bash', ['-c', line], { env, encoding: 'utf8' })
    expect(said.trimEnd().split('\n')).toEqual(words.slice(1))
  },
)

test('no shell is asked to show a secret while it is typed', () => {
  expect(writeSecret('T', 'bash')).toContain('read -rs T')
  expect(writeSecret('T', 'powershell')).toContain('-AsSecureString')
})
