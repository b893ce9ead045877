import { folderOf, readSecret } from '../repository.ts'
import {
  anyToken,
  asDocument,
  asRows,
  customers,
  forge,
  openTap,
  outlive,
  refund,
  salaries,
  watchLedger,
} from './effects.ts'
import type { Attack } from './run.ts'
import { bodyOf, readText } from './wire.ts'

/** What is tried with a token: a leaked, stolen or forged one, or the own. */
export const withToken: readonly Attack[] = [
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
    touches: ['secret/secret-hashed-in-store'],
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
    touches: ['rotation/rotation-old-dies'],
    spends: true,
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
    touches: ['rotation/revoke-one-client'],
    spends: true,
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
    touches: ['rotation/named-client-tokens', 'operation/audit-log'],
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
    touches: ['resource/alg-confusion-refused'],
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
    touches: ['resource/aud-bound'],
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
    touches: ['resource/tool-scope-enforced'],
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
    touches: ['resource/opaque-introspection'],
    spends: true,
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
    touches: ['transport/origin-foreign-403'],
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
    touches: ['tls/plain-http-dead'],
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
    touches: ['tls/plain-http-dead', 'tls/tls12-min'],
    async run({ url, secret }, wire) {
      const tap = await openTap(Number(url.port))
      await wire.call({ ...salaries, secret, port: tap.port })
      return asDocument(readText(bodyOf(tap.close())))
    },
  },
]
