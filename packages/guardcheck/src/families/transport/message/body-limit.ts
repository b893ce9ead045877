import { setTimeout } from 'node:timers/promises'
import type { Connection } from '../../../probe/connection.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { enter } from '../../ask/answer.ts'
import { headOf, sendUntilCut } from '../../ask/bytes.ts'
import { actionMessage, expectNoEffect } from '../../ask/effect.ts'
import { rfc } from '../../sources.ts'

export const bodyLimit: Property = {
  id: 'transport/body-limit',
  claim: {
    en: 'a body over the limit is refused, announced or chunked, and nothing in it runs',
    ja: '上限を超えるボディは、長さを予告していてもチャンク形式でも拒否され、何も実行されない',
  },
  source: [rfc(9110, '15.5.14')],
  owasp: [],
  level: 'policy',
  since: 0,
  needs: [],
  advice: {
    en: 'Give the body parser a limit that your messages need (`express.json({ limit: "1mb" })`), answer `413`, and close the connection: otherwise the rest is still read.',
    ja: 'ボディパーサーに必要十分な上限を設け（`express.json({ limit: "1mb" })`）、`413`を返して接続を閉じます。閉じなければ残りも読み続けることになります。',
  },
  async check(subject) {
    const connection = await enter(subject)
    const size = (subject.maxBodyBytes ?? 4 * 1024 * 1024) + 1
    for (const chunked of [false, true]) {
      await expectNoEffect(subject, async () => {
        const progress = { whole: false }
        const pieces = oversized(subject, connection, size, chunked, progress)
        const { status, ends } = await sendUntilCut(subject, pieces)
        const way = chunked ? 'in chunks' : 'at once'
        expect(
          status === 0 ? ends : status >= 400,
          `${size} bytes ${way} were read and answered ${status || 'nothing'}.`,
        )
        expect(
          ends || progress.whole,
          `It answered ${status} to ${size} bytes ${way}, and went on reading.`,
        )
      })
    }
  },
}

const pieceBytes = 64 * 1024

/** Milliseconds that a server gets to refuse before the rest is sent. */
const patienceMs = 150

/** A message padded to `size` bytes, as the pieces of one request. */
async function* oversized(
  subject: Subject,
  connection: Connection,
  size: number,
  chunked: boolean,
  progress: { whole: boolean },
): AsyncGenerator<string> {
  const { headers, inbox: target } = connection
  const framing: [string, string] = chunked
    ? ['Transfer-Encoding', 'chunked']
    : ['Content-Length', `${size}`]
  const wrap = (piece: string) =>
    chunked ? `${piece.length.toString(16)}\r\n${piece}\r\n` : piece
  const action = actionMessage(subject)
  const { body: message, headers: lines } = subject.write(action, headers)
  const door = target === undefined ? {} : { method: 'POST', target }
  yield headOf(subject, [...lines, framing], door)
  yield wrap(message)
  if (!chunked) await setTimeout(patienceMs)
  let left = size - message.length
  while (left > 0) {
    const piece = ' '.repeat(Math.min(pieceBytes, left))
    left -= piece.length
    yield wrap(piece)
  }
  if (chunked) {
    await setTimeout(patienceMs)
    yield '0\r\n\r\n'
  }
  progress.whole = true
}
