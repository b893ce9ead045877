import { randomBytes } from 'node:crypto'
import { findLeak } from '../probe/leak.ts'
import type { Answer, Probe } from '../probe/subject.ts'
import { listExposed } from '../process/listeners.ts'
import { expect, NotApplicable, type Property } from '../property.ts'
import { enter, isServed, said } from './ask/answer.ts'
import { headOf, sendUntilCut } from './ask/bytes.ts'
import { actionMessage, expectNoEffect, harmlessMessage } from './ask/effect.ts'
import { otherDialects } from './ask/requests.ts'
import { edge } from './edge.ts'
import { survivesAnything } from './messages.ts'
import { blunders, doorsBeside, oversized, simpleTypes } from './requests.ts'
import { asvsSections, authorization, rfc, transports } from './sources.ts'
import { readsOnce } from './spellings.ts'

/** What the endpoint lets in before anyone asks who is calling. */
export const transport: Property[] = [
  {
    id: 'transport/bind-loopback-default',
    claim: {
      en: 'started as it comes, the server listens on loopback only, and a wider HOST alone does not start it',
      ja: '既定の設定で起動したサーバーはループバックだけで待ち受け、HOSTを広げただけでは起動しない',
    },
    source: [transports('security-warning')],
    owasp: ['MCP07', 'MCP09'],
    level: 'should',
    since: 0,
    needs: ['process'],
    advice: {
      en: 'Pass the address: `listen(port, "127.0.0.1")`. Without one, Node listens on every interface; let a wider address start only with what must stand before it.',
      ja: '`listen(port, "127.0.0.1")`のようにアドレスを渡します。省略するとNodeは全インターフェースで待ち受けます。広いアドレスでは、前段に必要なものが揃ったときだけ起動させます。',
    },
    async check({ url, process: started, intrusive }) {
      if (!started) return
      const [exposed] = await listExposed(started.pid, url)
      expect(!exposed, `It listens on ${exposed}, which others can reach.`)
      // The one who asked for it owns the machine that would be exposed.
      if (!intrusive) return
      const wide = { HOST: '0.0.0.0', PORT: '0' }
      const outcome = await started.again(wide).catch((error: Error) => {
        throw new NotApplicable(
          `With HOST=0.0.0.0 it neither listened nor ended: ${error.message}`,
        )
      })
      if (!('started' in outcome)) {
        expect(outcome.exitCode !== 0, 'With HOST=0.0.0.0 it ended with 0.')
        return
      }
      const { pid, url: secondUrl, stop } = outcome.started
      const [second] = await listExposed(pid, secondUrl).finally(stop)
      expect(!second, `HOST=0.0.0.0 alone made it listen on ${second}.`)
    },
  },
  {
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
  },
  {
    id: 'transport/json-only-content-type',
    claim: {
      en: 'a JSON body under a content type that any web page may send runs nothing',
      ja: 'どのWebページからでも送れるContent-Typeで届いたJSONは、何も実行しない',
    },
    source: [
      transports('security-warning'),
      'https://fetch.spec.whatwg.org/#cors-safelisted-request-header',
    ],
    owasp: ['MCP07'],
    level: 'policy',
    since: 0,
    needs: [],
    advice: {
      en: 'Read a body only under `Content-Type: application/json` and answer `415` to the rest: a page can send `text/plain` or a form across origins without asking.',
      ja: '`Content-Type: application/json`のときだけボディを読み、それ以外には`415`を返します。`text/plain`やフォームは、プリフライトなしに他のオリジンから送れます。',
    },
    async check(subject) {
      const { headers } = await enter(subject)
      const { body } = subject.write(actionMessage(subject))
      await expectNoEffect(subject, async () => {
        for (const type of simpleTypes) {
          const answer = await subject.send({
            secret: subject.token,
            headers: [...headers, ['Content-Type', type]],
            body,
          })
          expect(
            answer.status < 200 || answer.status > 299,
            `A JSON body sent as ${type} was answered ${said(answer)}.`,
          )
        }
      })
    },
  },
  {
    id: 'transport/method-405',
    claim: {
      en: 'GET opens an event stream or is answered 405, no unused method is served, a 405 names what is allowed, and TRACE echoes nothing',
      ja: 'GETはイベントストリームを開くか405になり、使わないメソッドには応じず、405はAllowを伴い、TRACEは何もエコーしない',
    },
    source: [
      rfc(9110, '15.5.6'),
      rfc(9110, '9.3.8'),
      transports('listening-for-messages-from-the-server'),
    ],
    owasp: ['MCP07'],
    level: 'must',
    since: 0,
    needs: [],
    advice: {
      en: 'End the routes of the endpoint with one for all methods that answers `405` and `Allow`; GET opens an event stream or gets the same.',
      ja: 'エンドポイントのルートの最後に、全メソッドへ`405`と`Allow`を返すルートを置きます。GETはイベントストリームを開くか、同じく`405`にします。',
    },
    async check(subject) {
      const { headers } = await enter(subject)
      const marker = randomBytes(8).toString('hex')
      const ask = (method: string) =>
        subject.send({
          method,
          secret: subject.token,
          headers: [...headers, ['X-Guardcheck', marker]],
        })
      for (const method of ['PUT', 'PATCH']) {
        const answer = await ask(method)
        expect(
          // A router that knows the path by other methods only says 404, and
          // a gateway 403 or 501.
          [403, 404, 405, 501].includes(answer.status),
          `${method} was answered ${said(answer)}.`,
        )
        expectAllow(answer, method)
      }
      const trace = await ask('TRACE')
      expect(
        trace.status >= 400 || trace.status === 0,
        `TRACE was answered ${said(trace)}.`,
      )
      expect(!trace.body.includes(marker), 'TRACE echoed a header of ours.')
      const get = await ask('GET')
      const [type = ''] = get.header('content-type')
      expect(
        get.status === 200
          ? type.toLowerCase().startsWith('text/event-stream')
          : [400, 405, 406, 409, 429, 501].includes(get.status),
        `GET was answered ${said(get)} with ${type || 'nothing'}, neither an event stream nor 405.`,
      )
      expectAllow(get, 'GET')
    },
  },
  {
    id: 'transport/path-variants-guarded',
    claim: {
      en: 'no other spelling of the path and no older endpoint beside it serves a request without a credential',
      ja: 'パスの別の書き方でも、隣に残る古いエンドポイントでも、資格情報のないリクエストには応じない',
    },
    source: [authorization('token-requirements')],
    owasp: ['MCP07', 'MCP09'],
    level: 'must',
    since: 1,
    needs: [],
    advice: {
      en: 'Mount the guard by the router that also finds the route (`app.use("/mcp", guard)`), never compare `req.url` yourself, and put the guard before older endpoints such as `/sse` too.',
      ja: 'ガードは、ルートを見つけるのと同じルーターに載せます（`app.use("/mcp", guard)`）。`req.url`を自分で比べず、`/sse`のような古いエンドポイントにも同じガードを置きます。',
    },
    async check(subject) {
      const front = await subject.send()
      expect(
        !isServed(front),
        `The endpoint itself answers ${said(front)} without a credential.`,
      )
      for (const { revision, ...probe } of otherDialects(subject)) {
        const answer = await subject.send(probe)
        expect(
          !isServed(answer),
          `A message of ${revision} without a credential was answered ${said(answer)}.`,
        )
      }
      for (const [method, target] of doorsBeside(subject.url)) {
        const answer = await subject.send({ method, target })
        expect(
          !isServed(answer),
          `${method} ${target} without a credential was answered ${said(answer)}.`,
        )
      }
    },
  },
  {
    id: 'transport/framing-conflict-400',
    claim: {
      en: 'a request whose length is said twice and differently is refused, and its connection ends',
      ja: '長さの指定が二重で食い違うリクエストは拒否され、その接続は閉じられる',
    },
    source: [rfc(9112, '6.1'), rfc(9112, '6.3'), rfc(9112, '11.2')],
    owasp: ['MCP07'],
    level: 'must',
    since: 0,
    needs: [],
    advice: {
      en: 'Leave the HTTP parser strict: no `insecureHTTPParser`, no `--insecure-http-parser`. Two readers that disagree about where a request ends let one smuggle a second past the other.',
      ja: 'HTTPパーサーは厳格なままにします（`insecureHTTPParser`や`--insecure-http-parser`を使わない）。リクエストの終わりの解釈が食い違うと、2つ目のリクエストを忍び込ませられます。',
    },
    async check(subject) {
      const { headers } = await enter(subject)
      const action = harmlessMessage(subject)
      const { body, headers: own } = subject.write(action, headers)
      const length = Buffer.byteLength(body)
      const chunks = `${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
      const conflicts: [what: string, lines: Probe['headers'], body: string][] =
        [
          [
            'Content-Length beside Transfer-Encoding',
            [
              // That of the content: a reader of both finds nothing wrong.
              ['Content-Length', `${length}`],
              ['Transfer-Encoding', 'chunked'],
            ],
            chunks,
          ],
          [
            'two Content-Length lines that differ',
            [
              ['Content-Length', `${length}`],
              ['Content-Length', `${length + 1}`],
            ],
            `${body} `,
          ],
        ]
      for (const [what, lines = [], framed] of conflicts) {
        const head = headOf(subject, [...own, ...lines])
        const { status, ends } = await sendUntilCut(subject, head + framed)
        const twice = what.startsWith('two')
        expect(
          !twice || status === 0 || status >= 400,
          `A request with ${what} was answered ${status}.`,
        )
        expect(
          ends,
          `After a request with ${what} (${status || 'no answer'}) the connection stayed open.`,
        )
      }
    },
  },
  {
    id: 'transport/batch-rejected',
    claim: {
      en: 'a JSON array of messages is refused, and none of them runs',
      ja: 'メッセージのJSON配列は拒否され、中のどれも実行されない',
    },
    source: [
      transports('sending-messages-to-the-server'),
      'https://modelcontextprotocol.io/specification/2025-06-18/changelog#major-changes',
    ],
    owasp: ['MCP02', 'MCP07'],
    // The text binds who sends; that nobody takes it is ours to ask.
    level: 'policy',
    since: 0,
    needs: [],
    advice: {
      en: 'Answer `400` to an array before the SDK sees it: v1 still runs batches, past every check that reads one method per request.',
      ja: 'SDKへ渡す前に、配列には`400`を返します。v1はバッチをまだ実行し、リクエストごとに1つのメソッドを見る検査をすり抜けます。',
    },
    async check(subject) {
      const { headers } = await enter(subject)
      if (subject.dialect.revision === '2025-03-26') {
        throw new NotApplicable(
          'It speaks 2025-03-26, the one revision that has batches.',
        )
      }
      const ping = { jsonrpc: '2.0', id: 'guardcheck-ping', method: 'ping' }
      const arrays = [[ping], [ping, { ...ping, id: 'guardcheck-again' }]]
      if (subject.effect ?? subject.call) {
        arrays.push([actionMessage(subject) as typeof ping])
      }
      await expectNoEffect(subject, async () => {
        for (const body of arrays) {
          const { token: secret } = subject
          const answer = await subject.send({ secret, headers, body })
          const messages = answer.messages()
          expect(
            !messages.some((message) => 'result' in message),
            `An array of ${body.length} was answered ${said(answer)}, with a result.`,
          )
          expect(
            answer.status >= 400 || messages.some(({ error }) => error),
            `An array of ${body.length} was answered ${said(answer)}, not refused.`,
          )
        }
      })
    },
  },
  {
    id: 'transport/body-read-once',
    claim: {
      en: 'what decides about a body reads the same body as what runs it, however its type, encoding and length are spelled',
      ja: 'Content-Typeやエンコーディング、長さがどう書かれていても、ボディについて判断する側と実行する側は同じボディを読む',
    },
    source: [
      'https://cwe.mitre.org/data/definitions/436.html',
      rfc(9110, '8.3'),
    ],
    owasp: ['MCP02', 'MCP07'],
    level: 'policy',
    since: 0,
    needs: [],
    advice: {
      en: 'Hand on only what the parser has read, and answer `415` to the rest: where `req.body` is undefined, the SDK reads the bytes by itself, past every check before it. Look at what was parsed, never at the headers again.',
      ja: 'パーサーが読んだものだけを先へ渡し、それ以外には`415`を返します。`req.body`が`undefined`だと、SDKが自分でバイト列を読み、手前の検査をすべてすり抜けます。ヘッダーをもう一度見るのではなく、解析された結果を見ます。',
    },
    check: readsOnce,
  },
  {
    id: 'transport/survives-any-message',
    claim: {
      en: 'no message ends the process, keeps it busy or is answered with its inside',
      ja: 'どのようなメッセージも、プロセスを終わらせず、長く占有せず、内部を明かす応答にもならない',
    },
    source: [
      asvsSections.errors,
      'https://www.jsonrpc.org/specification#request_object',
    ],
    owasp: [],
    level: 'policy',
    since: 0,
    needs: [],
    advice: {
      en: 'Take `method`, `id` and `params.name` for unknown values: test `typeof` before anything else is done with them, also where they are logged or echoed. An object with a `toString` of its own throws in `String()`, and a deep one in `JSON.stringify`.',
      ja: '`method`、`id`、`params.name`は未知の値として扱い、ログやエコーも含め、使う前に`typeof`を確かめます。独自の`toString`を持つオブジェクトは`String()`で、深い入れ子は`JSON.stringify`で例外になります。',
    },
    check: survivesAnything,
  },
  {
    id: 'transport/no-internals-leak',
    claim: {
      en: 'an error shows no stack, no path of the machine and no product banner',
      ja: 'エラーの応答に、スタックトレース、マシンのパス、製品名のヘッダーが現れない',
    },
    source: [asvsSections.errors],
    owasp: ['MCP10'],
    level: 'policy',
    since: 0,
    needs: [],
    advice: {
      en: 'End the app with an error handler that answers JSON without the stack (Express prints it unless `NODE_ENV` is `production`), and `app.disable("x-powered-by")`.',
      ja: '最後に、スタックを含めずJSONで答えるエラーハンドラーを置き（Expressは`NODE_ENV`が`production`でない限りスタックを返します）、`app.disable("x-powered-by")`を加えます。',
    },
    async check(subject) {
      for (const probe of blunders(subject)) {
        expectDiscreet(await subject.send(probe))
      }
      const { headers } = await enter(subject)
      for (const probe of blunders(subject)) {
        const { token: secret } = subject
        const all = [...headers, ...(probe.headers ?? [])]
        expectDiscreet(await subject.send({ ...probe, secret, headers: all }))
      }
    },
  },
  ...edge,
]

/** Asserts that a 405 says which methods there are. */
function expectAllow(answer: Answer, method: string): void {
  expect(
    answer.status !== 405 || answer.header('allow').join() !== '',
    `${method} was answered 405 without Allow.`,
  )
}

/** Asserts that an answer says nothing of the inside. */
function expectDiscreet(answer: Answer): void {
  const [banner] = answer.header('x-powered-by')
  expect(!banner, `It names its product: X-Powered-By: ${banner}.`)
  if (answer.status < 400) return
  const leak = findLeak(answer.body)
  expect(!leak, `Its ${answer.status} shows ${leak}.`)
}
