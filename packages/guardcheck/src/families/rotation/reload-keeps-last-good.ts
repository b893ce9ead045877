import { setTimeout } from 'node:timers/promises'
import type { Keys } from '../../probe/keys.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { isRefused, said } from '../ask/answer.ts'
import { expectSameProcess } from '../ask/hold-process.ts'
import {
  becomes,
  createGrant,
  expectServed,
  give,
  giveAndSee,
  noticeMs,
  openGrants,
} from '../ask/hold-tokens.ts'
import { asvsSections } from '../sources.ts'

export const reloadKeepsLastGood: Property = {
  id: 'rotation/reload-keeps-last-good',
  claim: {
    en: 'a token file that cannot be read right changes nothing, opens nothing and is told once',
    ja: '正しく読めないトークンファイルは何も変えず、誰も通さず、1度だけ記録される',
  },
  source: [asvsSections.errors],
  owasp: ['MCP01', 'MCP07'],
  level: 'policy',
  since: 2,
  needs: ['process', 'keys'],
  advice: {
    en: 'Parse and check the whole file first; if anything is wrong, keep the tokens in force and log one line that names the file, not its content.',
    ja: '先にファイル全体を解析して検査します。誤りがあれば今のトークンを使い続け、中身ではなくファイルを指す1行だけを記録します。',
  },
  async check(subject) {
    const keys = await openGrants(subject)
    const first = createGrant(keys)
    await giveAndSee(subject, keys, first)
    const text = keys.format([...keys.grants, first])
    const silent = complaints(subject, keys)
    const told: number[] = []
    try {
      for (const [what, bad] of [
        ['cut off', text.slice(0, -20)],
        ['empty', ''],
        ['of another form', '{"tokens": [{"name": 1, "secret": true}]}'],
      ] as const) {
        const before = complaints(subject, keys)
        await keys.replace(bad)
        const end = Date.now() + noticeMs
        while (complaints(subject, keys) === before && Date.now() < end) {
          await setTimeout(30)
        }
        const file = `After a token file that is ${what}`
        await expectServed(subject, `${file}, a secret`, first)
        for (const secret of [keys.createSecret(), undefined]) {
          const answer = await subject.send({ secret })
          expect(
            isRefused(answer),
            `${file}, a stranger was answered ${said(answer)}.`,
          )
        }
        told.push(complaints(subject, keys) - before)
      }
    } finally {
      await give(keys)
      // Whoever was let in by a bad file is out again.
      await becomes(subject, keys.createSecret(), 401)
    }
    // Meanwhile it has looked at the file more than once.
    await giveAndSee(subject, keys, first, createGrant(keys))
    const lines = complaints(subject, keys) - silent
    expect(
      told.every((count) => count > 0) && lines === told.length,
      `${told.length} token files that were no good are told in ${lines} lines that name ${keys.fileVariable}.`,
    )
    await expectSameProcess(subject)
  },
}

/** How many lines of output name the variable of the token file. */
const complaints = ({ process }: Subject, { fileVariable }: Keys) =>
  (process?.output() ?? '')
    .split('\n')
    .filter((line) => line.includes(fileVariable)).length
