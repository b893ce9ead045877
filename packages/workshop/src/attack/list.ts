import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import type { Refund } from '@guard-up/office'
import type { Evidence, Step, Text } from 'guardcheck'
import { folderOf, readSecret } from '../repository.ts'
import type { Target } from './target.ts'
import { bodyOf, openWire, readText, type Wire } from './wire.ts'

/** Something that a person would do to a server, told as a person would. */
export interface Attack {
  /** As typed on the command line. */
  name: string
  title: Text
  /** What the attacker does, in the present tense. */
  story: Text
  /** The first step that holds it; 0 when it never needed a guard. */
  heldFrom: Step
  /** Resolves with what was obtained; undefined when nothing was. */
  run(target: Target, wire: Wire): Promise<Text | undefined>
}

/** What came of one attack: decided by its effect, never by a status. */
export interface Outcome {
  breached: boolean
  /** What the attacker holds now; undefined when it is nothing. */
  reached: Text | undefined
  exchanges: readonly Evidence[]
}

/** What came of one attack at one step. */
export interface Seen extends Outcome {
  name: string
  step: Step
}

/** Runs an attack against a step. */
export async function runAttack(
  attack: Attack,
  target: Target,
): Promise<Outcome> {
  const { secret, rotated, stolen, people } = target
  const wire = openWire(
    target,
    secret,
    rotated,
    stolen.slide,
    stolen.laptop,
    people?.bob,
    people?.elsewhere,
    people?.leaving,
  )
  const reached = await attack.run(target, wire)
  return { breached: reached !== undefined, reached, exchanges: wire.exchanges }
}

/** Pays a customer back as an honest caller does: whether that was served. */
export async function callHonestly(target: Target): Promise<boolean> {
  const wire = openWire(target, target.secret)
  const served = await watchLedger(target, () =>
    wire.call({ ...refund('A torn bag'), secret: target.secret }),
  )
  return served !== undefined
}

const salaries = {
  tool: 'read_document',
  arguments: { path: 'hr/salaries-2026.md' },
}

const customers = {
  tool: 'query_customers',
  arguments: {
    sql: 'SELECT id, name_en, email, balance_yen FROM customers',
  },
}

const stock = { tool: 'check_stock', arguments: { sku: 'TEA-003' } }

const refund = (reason: string) => ({
  tool: 'issue_refund',
  arguments: { customer: 'C-1016', amount: 50_000, reason },
})

/** A token that nobody has, where a step has none that is right. */
const anyToken = 'any-token'

export const attacks: readonly Attack[] = [
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
    run: (target, wire) =>
      watchLedger(target, () =>
        wire.call({ ...refund('One of a batch'), batch: true }),
      ),
  },
  {
    name: 'read-source',
    title: {
      en: 'Read the token in the source',
      ja: 'ソースからトークンを拾う',
    },
    story: {
      en: 'Clones the repository, finds the secret that stands in tokens.ts, if one does, and calls with it. Deleting it later would not help: git remembers.',
      ja: 'リポジトリをクローンし、tokens.tsにシークレットが書いてあれば、それで呼び出します。あとから消しても、gitの履歴に残ります。',
    },
    heldFrom: 2,
    async run({ folder }, wire) {
      // Where the source holds none any more, its history still does.
      const secret = readSecret(folder) ?? readSecret(folderOf(1))
      return asDocument(await wire.call({ ...salaries, secret }))
    },
  },
  {
    name: 'photograph-slide',
    title: {
      en: 'Use a leaked token after rotation',
      ja: '漏れたトークンを、更新後に使う',
    },
    story: {
      en: 'Photographs a token on a slide. The talk is noticed and the token rotated, where that can be done; a moment later the photograph is tried.',
      ja: 'スライドに映ったトークンを撮影します。気づいた側は、できるならトークンを更新します。そのあとで、写真のトークンを試します。',
    },
    heldFrom: 2,
    async run({ keys, stolen, secret = anyToken }, wire) {
      await keys?.rotate('slide', '1s')
      return outlive(wire, stolen.slide ?? secret, keys !== undefined)
    },
  },
  {
    name: 'steal-laptop',
    title: {
      en: 'Use a stolen token once revoked',
      ja: '盗んだトークンを、失効後に使う',
    },
    story: {
      en: 'Steals a laptop with a token on it. Its owner reports the loss and that one token is revoked, where that can be done; the thief tries it then.',
      ja: 'トークンの入ったノートPCを盗みます。紛失の届けを受けて、できるならそのトークンだけを失効させます。そのあとで、盗んだトークンを試します。',
    },
    heldFrom: 2,
    async run({ keys, stolen, secret = anyToken }, wire) {
      await keys?.revoke('laptop')
      return outlive(wire, stolen.laptop ?? secret, keys !== undefined)
    },
  },
  {
    name: 'deny-refund',
    title: {
      en: 'Issue a refund, and deny it',
      ja: '返金しておいて、しらを切る',
    },
    story: {
      en: 'An insider with the right token issues a refund and says that a colleague did it. A ledger that knows no names cannot tell.',
      ja: '正しいトークンを持つ内部の人が返金し、「同僚がやった」と言います。個々の名前を知らない台帳では、確かめられません。',
    },
    heldFrom: 2,
    run: (target, wire) =>
      watchLedger(
        target,
        () => wire.call({ ...refund('It was not me'), secret: target.secret }),
        ({ by }) => by === 'nobody' || by === 'shared',
      ),
  },
  {
    name: 'say-none',
    title: {
      en: 'Sign a token with “none”',
      ja: '署名「none」のトークンを作る',
    },
    story: {
      en: 'Writes a token for alice itself: a JWT whose header says that it is signed with none, and that has no signature. Some verifiers believe that.',
      ja: 'aliceのトークンを自作します。署名なし（alg: none）とヘッダーに書いたJWTです。これを信じてしまう検証の実装もあります。',
    },
    heldFrom: 1,
    run: async ({ url }, wire) =>
      asDocument(await wire.call({ ...salaries, secret: forge(url) })),
  },
  {
    name: 'bring-another',
    title: {
      en: 'Bring a token for another server',
      ja: '別のサーバー向けのトークンを使う',
    },
    story: {
      en: 'Runs a server of its own, to which alice signs in one day, and passes her token on to yours. It is genuine, of the same issuer, and not meant for you.',
      ja: '攻撃者が自分のサーバーを立て、ログインしてきたaliceのトークンを、こちらのサーバーに使い回します。発行者は同じで本物ですが、宛先が違います。',
    },
    heldFrom: 1,
    run: async ({ people }, wire) =>
      asRows(
        await wire.call({
          ...customers,
          secret: people?.elsewhere ?? anyToken,
        }),
      ),
  },
  {
    name: 'overstep-scope',
    title: {
      en: 'Issue a refund as a reader',
      ja: '閲覧しかできない人が返金する',
    },
    story: {
      en: 'Bob may read documents, and no more. His client calls the tool that pays customers back, with the token that it has.',
      ja: 'bobに許されているのは文書の閲覧だけです。そのトークンのまま、返金するツールを呼び出します。',
    },
    heldFrom: 3,
    run: (target, wire) =>
      watchLedger(target, () =>
        wire.call({
          ...refund('Because I can'),
          secret: target.people?.bob ?? target.secret,
        }),
      ),
  },
  {
    name: 'replay-after-logout',
    title: {
      en: 'Replay a token after logout',
      ja: 'ログアウト後のトークンを使う',
    },
    story: {
      en: 'Keeps a copy of a token that passed by. Its owner signs out, where that can be done; a moment later the copy is tried.',
      ja: '通りがかったトークンを控えておきます。持ち主がログアウトしたあと（できるなら）、その控えを試します。',
    },
    heldFrom: 3,
    async run({ people, secret = anyToken }, wire) {
      await people?.signOut()
      return outlive(wire, people?.leaving ?? secret, people !== undefined)
    },
  },
  {
    name: 'come-from-page',
    title: {
      en: 'Use the token from a foreign page',
      ja: '他所のページからトークンで呼ぶ',
    },
    story: {
      en: 'A web page has talked somebody into pasting a token, and calls your server from their browser. Its Origin says whose page it is.',
      ja: 'Webページが言葉巧みにトークンを貼り付けさせ、その人のブラウザーからサーバーを呼び出します。どこのページかは、Originヘッダーに表れます。',
    },
    heldFrom: 3,
    run: async ({ secret }, wire) => {
      const origin: [string, string] = ['Origin', 'https://evil.example']
      return asDocument(
        await wire.call({ ...salaries, secret, headers: [origin] }),
      )
    },
  },
  {
    name: 'speak-plainly',
    title: { en: 'Call without TLS', ja: 'TLSなしで呼び出す' },
    story: {
      en: 'Talks plain HTTP to the port, as a client with a mistyped URL would: a server that answers has let the token pass for everyone to read.',
      ja: 'URLを書き間違えたクライアントのように、平文のHTTPで呼び出します。応じるサーバーでは、トークンが誰にでも読める形で流れてしまいます。',
    },
    heldFrom: 3,
    run: async ({ secret }, wire) =>
      asDocument(await wire.call({ ...salaries, secret, plain: true })),
  },
  {
    name: 'listen-in',
    title: { en: 'Listen in on the wire', ja: '通信を盗み聞きする' },
    story: {
      en: 'Stands between an honest caller and the server and writes down what passes. Over plain HTTP that is the token and the document.',
      ja: '正規の呼び出し元とサーバーの間に立ち、流れるものを書き取ります。平文のHTTPなら、トークンも文書も読めてしまいます。',
    },
    heldFrom: 3,
    async run({ url, secret }, wire) {
      const tap = await openTap(Number(url.port))
      await wire.call({ ...salaries, secret, port: tap.port })
      return asDocument(readText(bodyOf(tap.close())))
    },
  },
]

/** A token for alice that nobody has signed (RFC 8725 §2.1). */
function forge({ href }: URL): string {
  const part = (value: object) =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const claims = { aud: href, sub: 'alice', scope: 'documents:read' }
  const header = part({ alg: 'none', typ: 'at+jwt' })
  return `${header}.${part({ ...claims, iat: now, exp: now + 300 })}.x`
}

/** What a secret still opens when its time to be noticed dead is over. */
async function outlive(
  wire: Wire,
  secret: string,
  dies: boolean,
): Promise<Text | undefined> {
  const deadline = Date.now() + (dies ? 3000 : 0)
  for (;;) {
    const reached = asDocument(await wire.call({ ...salaries, secret }))
    if (!reached || Date.now() >= deadline) return reached
    await setTimeout(200)
  }
}

/** Passes bytes on to `port`, both ways; `close` gives what was answered. */
async function openTap(port: number) {
  const heard: Buffer[] = []
  const tap = createServer((caller) => {
    const server = connect(port, '127.0.0.1')
    server.on('data', (bytes) => heard.push(bytes))
    pipeline(caller, server, caller).catch(() => {})
  })
  await once(tap.listen(0, '127.0.0.1'), 'listening')
  const close = () => {
    tap.close()
    return Buffer.concat(heard).toString()
  }
  return { port: (tap.address() as AddressInfo).port, close }
}

/** What `work` adds to the ledger, if it is what the attacker wants. */
async function watchLedger(
  target: Target,
  work: () => Promise<unknown>,
  wanted: (refund: Refund) => boolean = () => true,
): Promise<Text | undefined> {
  const before = await target.readRefunds()
  await work()
  const after = await target.readRefunds()
  const made = after.slice(before.length).find(wanted)
  if (!made) return undefined
  const { id, amount, customer, by } = made
  const yen = amount.toLocaleString('en-US')
  const short = id.slice(0, 'R-01234567'.length)
  return {
    en: `refund ${short}: ${yen} yen to ${customer}; the ledger says by ${by}`,
    ja: `返金${short}：${customer}へ${yen}円。台帳の「誰が」は${by}`,
  }
}

function asDocument(text?: string): Text | undefined {
  if (!text?.includes('Demo employee 01')) return undefined
  const [title = ''] = text.split('\n')
  const line = title.replace(/^#+ */, '')
  return { en: `the document “${line}”`, ja: `文書「${line}」` }
}

function asRows(text?: string): Text | undefined {
  const rows: unknown[][] = readJson(text)?.rows ?? []
  const [first] = rows
  if (!first) return undefined
  const shown = first.join(', ')
  return {
    en: `${rows.length} customers; the first: ${shown}`,
    ja: `顧客${rows.length}件。先頭は${shown}`,
  }
}

function asStock(text?: string): Text | undefined {
  const level = readJson(text)
  if (!level) return undefined
  const { sku, product, quantity, warehouse } = level
  return {
    en: `${sku} ${product.en}: ${quantity} in ${warehouse.en}`,
    ja: `${sku} ${product.ja}：${warehouse.ja}に${quantity}個`,
  }
}

function readJson(text?: string) {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
