/** A row of the table that the README shows. */
export interface Row {
  /** What it is in `bench/results.json`. */
  id: string
  words: { en: string; ja: string }
  /** What is wanted of the median. */
  goal?: { atLeast: number } | { atMost: number }
  unit?: string
}

/** Rows under one heading, which says what their figures are. */
export interface Group {
  words: { en: string; ja: string }
  rows: Row[]
}

const row = (
  id: string,
  en: string,
  ja: string,
  more: Pick<Row, 'goal' | 'unit'> = {},
): Row => ({ id, words: { en, ja }, ...more })

const atLeast = (goal: number) => ({ goal: { atLeast: goal } })
const atMost = (goal: number) => ({ goal: { atMost: goal } })

/** What the README shows of the results, in order. */
export const groups: Group[] = [
  {
    words: {
      en: 'Tool calls a second, guarded : unguarded',
      ja: '1秒あたりのツール呼び出し（ガードあり：なし）',
    },
    rows: [
      row('guarded/step-1', 'step 1', 'ステップ1', atLeast(0.95)),
      row('guarded/step-2', 'step 2', 'ステップ2', atLeast(0.95)),
      row(
        'guarded/step-3-named',
        'step 3, both over TLS, a named token',
        'ステップ3（どちらもTLS）、名前のあるトークン',
        atLeast(0.93),
      ),
      row(
        'guarded/step-3-seen',
        'the same, a JWT seen before',
        '同じく、見たことのあるJWT',
        atLeast(0.93),
      ),
      row(
        'guarded/step-3-fresh',
        'the same, a new JWT each time, signed with ES256',
        '同じく、毎回新しいJWT（ES256の署名）',
        atLeast(0.85),
      ),
      row(
        'guarded/step-3-fresh-rs256',
        'the same, signed with RS256',
        '同じく、RS256の署名',
        atLeast(0.85),
      ),
      row(
        'guarded/step-3-introspected',
        'the same, an opaque token, asked about once',
        '同じく、一度問い合わせた不透明なトークン',
        atLeast(0.93),
      ),
    ],
  },
  {
    words: {
      en: 'The same with both in one process: the guard alone',
      ja: '同じ比を1つのプロセスの中で（ガードだけの分）',
    },
    rows: [
      row('share/step-1', 'step 1', 'ステップ1'),
      row('share/step-2', 'step 2', 'ステップ2'),
      row(
        'share/step-3-named',
        'step 3, both over TLS, a named token',
        'ステップ3（どちらもTLS）、名前のあるトークン',
      ),
      row(
        'share/step-3-seen',
        'the same, a JWT seen before',
        '同じく、見たことのあるJWT',
      ),
      row(
        'share/step-3-fresh',
        'the same, a new JWT each time, signed with ES256',
        '同じく、毎回新しいJWT（ES256の署名）',
      ),
    ],
  },
  {
    words: {
      en: 'Requests a second, our guard : that of others, the same work',
      ja: '1秒あたりのリクエスト（このガード：ほかのガード、同じ仕事）',
    },
    rows: [
      row(
        'peers/sdk',
        'SDK `requireBearerAuth`',
        'SDKの`requireBearerAuth`',
        atLeast(1),
      ),
      row(
        'peers/passport',
        'passport-http-bearer',
        'passport-http-bearer',
        atLeast(1),
      ),
      row(
        'peers/token',
        'express-bearer-token',
        'express-bearer-token',
        atLeast(1),
      ),
      row(
        'peers/jwt-fresh',
        'express-oauth2-jwt-bearer, a new JWT each time',
        'express-oauth2-jwt-bearer、毎回新しいJWT',
        atLeast(1),
      ),
      row(
        'peers/jwt-seen',
        'the same, a JWT seen before',
        '同じく、見たことのあるJWT',
        atLeast(1),
      ),
    ],
  },
  {
    words: {
      en: 'Time to find whose a secret is, among many : alone',
      ja: 'シークレットの持ち主を探す時間（多数の中：1つだけ）',
    },
    rows: [
      row(
        'lookup/1000',
        'the same one of 1,000',
        '1,000個の中の同じ1つ',
        atMost(1.2),
      ),
      row(
        'lookup/100000',
        'the same one of 100,000',
        '100,000個の中の同じ1つ',
        atMost(1.2),
      ),
      row(
        'lookup/1000000',
        'the same one of 1,000,000',
        '1,000,000個の中の同じ1つ',
        atMost(1.2),
      ),
      row(
        'lookup/any-1000000',
        'a different one each time, of 1,000,000',
        '1,000,000個の中の、毎回違う1つ',
      ),
    ],
  },
  {
    words: {
      en: "The server's CPU time, refusing : serving",
      ja: 'サーバーのCPU時間（拒否：応答）',
    },
    rows: [
      row('refused/step-1', 'step 1', 'ステップ1', atMost(0.143)),
      row('refused/step-2', 'step 2', 'ステップ2', atMost(0.143)),
      row(
        'refused/step-3',
        'step 3 behind a proxy',
        'プロキシの後ろのステップ3',
        atMost(0.143),
      ),
      row(
        'refused/step-3-tls',
        'step 3, over its own TLS',
        'ステップ3（自身のTLS）',
        atMost(0.143),
      ),
    ],
  },
  {
    words: {
      en: 'A body of 10 MB with a wrong secret',
      ja: '正しくないシークレットに付いてきた10MBのボディ',
    },
    rows: [
      row(
        'body/step-1-bytes',
        'read at step 1, at most',
        'ステップ1が読んだ量（最大）',
        { ...atMost(131072), unit: 'bytes' },
      ),
      row(
        'body/step-2-bytes',
        'read at step 2, at most',
        'ステップ2が読んだ量（最大）',
        { ...atMost(131072), unit: 'bytes' },
      ),
      row(
        'body/step-3-bytes',
        'read at step 3, at most',
        'ステップ3が読んだ量（最大）',
        { ...atMost(131072), unit: 'bytes' },
      ),
      row(
        'body/step-1-lost',
        'answers of step 1 that a client missed as it went on sending',
        '送り続けたクライアントが受け取り損ねたステップ1の答え',
        { ...atMost(0), unit: '%' },
      ),
      row(
        'body/step-2-lost',
        'answers of step 2 that a client missed as it went on sending',
        '送り続けたクライアントが受け取り損ねたステップ2の答え',
        { ...atMost(0), unit: '%' },
      ),
      row(
        'body/step-3-lost',
        'answers of step 3 that a client missed as it went on sending',
        '送り続けたクライアントが受け取り損ねたステップ3の答え',
        { ...atMost(0), unit: '%' },
      ),
      row(
        'body/step-3-stalled-ms',
        'until the answer at step 3, when the body stalls',
        'ボディが止まったとき、ステップ3が答えるまで',
        { unit: 'ms' },
      ),
    ],
  },
  {
    words: {
      en: 'Tool calls a second at step 3, with TLS : without',
      ja: 'ステップ3の1秒あたりのツール呼び出し（TLSあり：なし）',
    },
    rows: [
      row('tls/node', 'TLS by Node', 'NodeのTLS'),
      row('tls/nginx', 'TLS by nginx before it', '前に置いたnginxのTLS'),
    ],
  },
  {
    words: {
      en: 'Time until the server listens, guarded : unguarded',
      ja: 'サーバーが待ち受けるまでの時間（ガードあり：なし）',
    },
    rows: [
      row('start/step-1', 'step 1', 'ステップ1'),
      row('start/step-2', 'step 2', 'ステップ2'),
      row('start/step-3', 'step 3', 'ステップ3'),
    ],
  },
  {
    words: {
      en: 'Memory at 1,000 open connections, guarded : unguarded',
      ja: '1,000本の接続が開いているときのメモリ（ガードあり：なし）',
    },
    rows: [
      row('memory/step-1', 'step 1', 'ステップ1'),
      row('memory/step-2', 'step 2', 'ステップ2'),
      row('memory/step-3', 'step 3, over TLS', 'ステップ3（TLS）'),
    ],
  },
  {
    words: {
      en: 'Judging a server without a guard',
      ja: 'ガードのないサーバーの検査',
    },
    rows: [
      row('suites/guardcheck-seconds', 'guardcheck', 'guardcheck', {
        unit: 's',
      }),
      row(
        'suites/guardcheck-checks',
        'properties that it decided',
        'guardcheckが判定したプロパティ',
        { unit: '' },
      ),
      row(
        'suites/conformance-seconds',
        'the conformance suite of the MCP project',
        'MCPプロジェクトの適合性スイート',
        { unit: 's' },
      ),
      row(
        'suites/conformance-checks',
        'checks that it ran',
        '適合性スイートが実行した検査',
        { unit: '' },
      ),
    ],
  },
]
