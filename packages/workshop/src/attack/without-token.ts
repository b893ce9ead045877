import { randomUUID } from 'node:crypto'
import {
  anyToken,
  asDocument,
  asRows,
  asStock,
  customers,
  refund,
  salaries,
  stock,
  watchLedger,
} from './effects.ts'
import type { Attack } from './run.ts'

/** What is tried at the door, without a token that was given out. */
export const withoutToken: readonly Attack[] = [
  {
    name: 'read-salaries',
    title: {
      en: 'Read the salaries without a token',
      ja: 'トークンなしで給与表を読む',
    },
    story: {
      en: 'Sends one request, with no token at all, and asks for a file that only the head of personnel and the board may read.',
      ja: 'トークンを付けずにリクエストを1つ送り、人事部長と取締役会しか見られないファイルを読もうとします。',
    },
    heldFrom: 1,
    touches: ['bearer/missing-401-challenge', 'bearer/guard-before-work'],
    run: async (_target, wire) => asDocument(await wire.call(salaries)),
  },
  {
    name: 'dump-customers',
    title: {
      en: 'Dump the customer database',
      ja: '顧客データベースをまるごと取る',
    },
    story: {
      en: 'Asks, in one SQL query, for every customer: the name, the e-mail address, the balance.',
      ja: 'SQLを1つ送り、全顧客の名前、メールアドレス、残高を取り出そうとします。',
    },
    heldFrom: 1,
    touches: ['bearer/missing-401-challenge', 'bearer/guard-before-work'],
    run: async (_target, wire) => asRows(await wire.call(customers)),
  },
  {
    name: 'ask-stock',
    title: {
      en: 'Ask the internal stock API',
      ja: '社内の在庫APIに問い合わせる',
    },
    story: {
      en: 'Cannot reach the internal stock API, and lets the server ask in its place: the server holds the credential for it.',
      ja: '社内の在庫APIには直接届きません。そこで、資格情報を持つサーバーに代わりに問い合わせさせます。',
    },
    heldFrom: 1,
    touches: ['bearer/missing-401-challenge', 'resource/no-token-passthrough'],
    run: async (_target, wire) => asStock(await wire.call(stock)),
  },
  {
    name: 'refund-myself',
    title: { en: 'Pay yourself a refund', ja: '自分に返金させる' },
    story: {
      en: 'Calls the tool that pays customers back, and names itself as the customer to be paid.',
      ja: '顧客に返金するツールを呼び出し、返金先に自分を指定します。',
    },
    heldFrom: 1,
    touches: ['bearer/missing-401-challenge', 'bearer/guard-before-work'],
    run: (target, wire) =>
      watchLedger(target, () => wire.call(refund('Because nobody asks'))),
  },
  {
    name: 'rebind-dns',
    title: {
      en: 'Call it from an open web page',
      ja: '開いたWebページから呼び出す',
    },
    story: {
      en: 'A web page that you opened points its own name at 127.0.0.1 (DNS rebinding). To your browser that is the same origin, so no CORS stops it from calling your server.',
      ja: '開いたWebページが、自分のドメイン名の向き先を127.0.0.1に変えます（DNSリバインディング）。ブラウザーから見れば同一オリジンなので、CORSに止められずにサーバーを呼び出せます。',
    },
    heldFrom: 1,
    touches: ['transport/host-rebind-403', 'transport/origin-foreign-403'],
    async run({ url }, wire) {
      const host = `evil.example:${url.port}`
      const headers: [string, string][] = [['Origin', `http://${host}`]]
      return asDocument(await wire.call({ ...salaries, host, headers }))
    },
  },
  {
    name: 'spell-path',
    title: {
      en: 'Spell the path as /MCP/',
      ja: 'パスを/MCP/と書き換える',
    },
    story: {
      en: 'Asks at /MCP/ instead of /mcp. A guard bound to one spelling never sees the request; the router still finds the tool.',
      ja: '/mcpの代わりに/MCP/を呼び出します。1つの書き方しか見ないガードは素通りですが、ルーターは同じ入口として扱います。',
    },
    heldFrom: 1,
    touches: ['transport/path-variants-guarded'],
    async run({ url }, wire) {
      const path = `${url.pathname.toUpperCase()}/`
      return asRows(await wire.call({ ...customers, path }))
    },
  },
  {
    name: 'invent-session',
    title: { en: 'Invent a session id', ja: 'セッションIDをでっち上げる' },
    story: {
      en: 'Sends no token, but a session id made up on the spot. A server that takes a session for a login lets it in.',
      ja: 'トークンの代わりに、その場で作ったセッションIDを送ります。セッションをログインの証拠とみなすサーバーなら、通してしまいます。',
    },
    heldFrom: 1,
    touches: ['session/session-not-auth'],
    async run(_target, wire) {
      const session: [string, string] = ['Mcp-Session-Id', randomUUID()]
      return asDocument(await wire.call({ ...salaries, headers: [session] }))
    },
  },
  {
    name: 'guess-undefined',
    title: {
      en: 'Guess the token: undefined',
      ja: 'undefinedというトークンを試す',
    },
    story: {
      en: 'Presents the word undefined as the token. A server that compares with a variable that was never set expects exactly that.',
      ja: 'トークンとしてundefinedという語を送ります。設定し忘れた環境変数と比べるサーバーでは、これが正解になります。',
    },
    heldFrom: 1,
    touches: [
      'secret/no-start-without-secret',
      'bearer/wrong-401-invalid-token',
    ],
    run: async (_target, wire) =>
      asDocument(await wire.call({ ...salaries, secret: 'undefined' })),
  },
  {
    name: 'guess-placeholder',
    title: {
      en: 'Guess the token: changeme',
      ja: 'changemeというトークンを試す',
    },
    story: {
      en: 'Presents changeme, as it stands in many an example file, and hopes that nobody changed it.',
      ja: '多くの設定例に書かれているchangemeを、誰も変えていないことを期待して送ります。',
    },
    heldFrom: 1,
    touches: ['secret/no-start-weak-secret', 'bearer/wrong-401-invalid-token'],
    run: async (_target, wire) =>
      asDocument(await wire.call({ ...salaries, secret: 'changeme' })),
  },
  {
    name: 'add-character',
    title: {
      en: 'Add one character to the token',
      ja: 'トークンに1文字足す',
    },
    story: {
      en: 'Takes the right token and adds one character. A guard that compares only the beginning lets it in.',
      ja: '正しいトークンの末尾に1文字足します。先頭だけを比べるガードなら、通してしまいます。',
    },
    heldFrom: 1,
    touches: ['bearer/wrong-401-invalid-token', 'bearer/compare-constant-time'],
    run: async ({ secret = anyToken }, wire) =>
      asDocument(await wire.call({ ...salaries, secret: `${secret}x` })),
  },
  {
    name: 'open-link',
    title: {
      en: 'Open a link with the token in it',
      ja: 'トークン入りのURLを開く',
    },
    story: {
      en: 'Finds a link with the right token in its query in the log of a proxy, and opens it. A server that takes a token there puts it into every log on the way.',
      ja: 'プロキシーのログに残っていた、クエリーに正しいトークンが入ったURLを開きます。これを受け付けるサーバーは、通り道のあらゆるログにトークンを残します。',
    },
    heldFrom: 1,
    touches: ['bearer/query-token-ignored'],
    async run({ url, secret = anyToken }, wire) {
      const path = `${url.pathname}?access_token=${secret}`
      return asRows(await wire.call({ ...customers, path }))
    },
  },
  {
    name: 'refused-but-ran',
    title: {
      en: 'Get refused, and see if it ran',
      ja: '拒否の裏で実行されたか見る',
    },
    story: {
      en: 'Asks for a refund with a wrong token and looks past the status, into the ledger: some guards answer 401 and let the tool run all the same.',
      ja: '誤ったトークンで返金を頼み、ステータスではなく台帳を見ます。401を返しながら、ツールは実行してしまうガードがあるからです。',
    },
    heldFrom: 1,
    touches: ['bearer/guard-before-work'],
    run: (target, wire) =>
      watchLedger(target, () =>
        wire.call({ ...refund('Refused, or so it says'), secret: 'wrong' }),
      ),
  },
  {
    name: 'smuggle-batch',
    title: {
      en: 'Hide a refund in a batch',
      ja: 'バッチに返金を紛れ込ませる',
    },
    story: {
      en: 'Wraps a refund in a JSON array. A gate that reads one method per request finds none in it, and waves it through.',
      ja: '返金の呼び出しをJSON配列で包みます。リクエストごとに1つのmethodだけを見る検問は、何も見つけられずに通してしまいます。',
    },
    heldFrom: 0,
    touches: ['transport/batch-rejected'],
    run: (target, wire) =>
      watchLedger(target, () =>
        wire.call({ ...refund('One of a batch'), batch: true }),
      ),
  },
]
