import type { Text } from 'guardcheck'

/** What a step and the issuer say. */
export const words = {
  notStarted: {
    en: 'Step {step} does not start. It printed:',
    ja: 'ステップ{step}を起動できません。出力は次のとおりです：',
  },
  stopped: {
    en: 'Step {step} has ended by itself. It printed:',
    ja: 'ステップ{step}が途中で終了しました。出力は次のとおりです：',
  },
  nothing: { en: '(nothing)', ja: '（出力なし）' },
  callIt: {
    en: 'Step {step} serves until Ctrl-C. Call it from another terminal:',
    ja: 'ステップ{step}はCtrl-Cまで動きます。別のターミナルから呼び出せます：',
  },
  secretStands: {
    en: 'The token stands in {file}.',
    ja: 'トークンは{file}に書いてあります。',
  },
  secretMinted: {
    en: 'The token is what `npm run -s key mint NAME` showed.',
    ja: 'トークンは、`npm run -s key mint 名前`が表示したものです。',
  },
  secretIssued: {
    en: 'The token is what an MCP client gets when a person signs in at the issuer (npm run -s issuer), or what `npm run -s key -- mint NAME --scope documents:read` showed.',
    ja: 'トークンは、発行者（npm run -s issuer）で人がログインしたときにMCPクライアントが受け取るもの、または`npm run -s key -- mint 名前 --scope documents:read`が表示したものです。',
  },
  certifyFirst: {
    en: 'It needs a certificate for TLS: npm run -s certs makes one for this machine.',
    ja: 'TLSの証明書が必要です。npm run -s certs で、このマシン用のものを作れます。',
  },
  issueFirst: {
    en: 'Step 3 needs somebody who issues tokens: start npm run -s issuer in another terminal first, or mint one with npm run -s key.',
    ja: 'ステップ3には、トークンを発行する相手が必要です。先に別のターミナルで npm run -s issuer を起動するか、npm run -s key で作ってください。',
  },
  mintFirst: {
    en: 'Step {step} needs a token: npm run -s key mint NAME makes one and keeps its digest in {file}.',
    ja: 'ステップ{step}にはトークンが必要です。npm run -s key mint 名前 で作ると、そのダイジェストが{file}に保存されます。',
  },
  aboutStep: {
    en: 'Serve one step until Ctrl-C, on port 3000 + N or PORT.',
    ja: '1つのステップをCtrl-Cまで動かす（ポートは3000＋N、またはPORT）。',
  },
  lies: {
    en: 'What the issuer can lie about:',
    ja: '発行者がつける嘘：',
  },
  lieServes: {
    en: '{url} serves in the place of the issuer until Ctrl-C. In two other terminals:',
    ja: '{url}が、発行者の代わりにCtrl-Cまで動きます。別のターミナル2つで：',
  },
  lieExpects: {
    en: 'Step 3 is to answer 401; why it did stands in its log, and not in the answer.',
    ja: 'ステップ3は401を返すはずです。理由は応答ではなく、ログに残ります。',
  },
  unknownLie: {
    en: 'No lie is called {name}.',
    ja: '{name}という嘘はありません。',
  },
  optionLie: {
    en: 'serve in its place, and make a token that lies; list shows them all',
    ja: '代わりに、嘘をつくトークンを作る（listで一覧を出す）',
  },
  aboutIssuer: {
    en: 'Serve the issuer of step 3, where alice and bob sign in, until Ctrl-C.',
    ja: 'ステップ3の発行者（aliceとbobがログインする先）をCtrl-Cまで動かす。',
  },
  optionStdio: {
    en: 'serve over stdin and stdout, where no port is open',
    ja: 'ポートを開かず、標準入出力で動かす',
  },
} satisfies Record<string, Text>
