import type { Text } from 'guardcheck'

/** What was found out about one thing: `stop` keeps the workshop from running. */
export interface Finding {
  level: 'fine' | 'note' | 'stop'
  what: Text
  said: Text
  /** What `{names}` in `said` stand for. */
  values?: Record<string, string | number>
}

/** What each check is called. */
export const names = {
  node: { en: 'Node', ja: 'Node' },
  npm: { en: 'npm', ja: 'npm' },
  git: { en: 'git', ja: 'git' },
  install: { en: 'install', ja: 'インストール' },
  loopback: { en: 'loopback', ja: 'ループバック' },
  ports: { en: 'ports', ja: 'ポート' },
  disk: { en: 'writing', ja: '書き込み' },
  path: { en: 'folder', ja: 'フォルダー' },
  proxy: { en: 'proxy', ja: 'プロキシー' },
  clock: { en: 'clock', ja: '時計' },
  terminal: { en: 'terminal', ja: 'ターミナル' },
  language: { en: 'language', ja: '言語' },
  step: { en: 'a step', ja: 'ステップ' },
} satisfies Record<string, Text>

/** What each check says. */
export const found = {
  version: { en: '{version}', ja: '{version}' },
  nodeOld: {
    en: '{version} is older than {least}: install a newer one from https://nodejs.org.',
    ja: '{version}は古すぎます。{least}以上を https://nodejs.org からインストールしてください。',
  },
  npmMissing: {
    en: 'not found; it comes with Node from https://nodejs.org.',
    ja: '見つかりません。 https://nodejs.org のNodeに付属しています。',
  },
  gitMissing: {
    en: 'not found; the diffs need it: install it from https://git-scm.com.',
    ja: '見つかりません。差分の表示に必要です。 https://git-scm.com からインストールしてください。',
  },
  installWhole: {
    en: 'whole, and as the lockfile says',
    ja: '揃っていて、ロックファイルのとおり',
  },
  installPartial: {
    en: 'not whole ({missing} is missing): run npm start.',
    ja: '揃っていません（{missing}がない）。npm startを実行してください。',
  },
  installStale: {
    en: 'not as the lockfile says: run npm start.',
    ja: 'ロックファイルと一致しません。npm startを実行してください。',
  },
  loopbackOpen: {
    en: '127.0.0.1 can be listened on and called',
    ja: '127.0.0.1で待ち受けと接続ができる',
  },
  loopbackShut: {
    en: '127.0.0.1 cannot be listened on ({code}): a firewall, a VPN or a sandbox may forbid it.',
    ja: '127.0.0.1で待ち受けできません（{code}）。ファイアウォールやVPN、サンドボックスが禁じているかもしれません。',
  },
  portsFree: { en: '{ports} are free', ja: '{ports}が空いている' },
  portsTaken: {
    en: '{taken} is taken by another program: give npm run step another one by PORT, such as PORT=4000.',
    ja: '{taken}は別のプログラムが使っています。npm run stepにはPORT=4000のように別のポートを渡してください。',
  },
  diskOpen: {
    en: 'works, here and in the temporary folder',
    ja: 'ここと一時フォルダーの両方にできる',
  },
  diskShut: {
    en: 'not possible in {folder} ({code}).',
    ja: '{folder}にできません（{code}）。',
  },
  pathPlain: { en: '{path}', ja: '{path}' },
  pathOdd: {
    en: '{path}: unusual characters, which are fine here; quote the path in a shell.',
    ja: '{path}：特殊な文字がありますが問題ありません。シェルではパスを引用符で囲んでください。',
  },
  pathLong: {
    en: '{path}: too long for Windows once packages lie below it. Move it to a short path, such as C:\\guard-up.',
    ja: '{path}：Windowsではパスが長すぎます。C:\\guard-upのような短い場所に移してください。',
  },
  proxyNone: { en: 'none set', ja: '設定なし' },
  proxyExcluded: {
    en: '{names} is set, and loopback is excluded from it',
    ja: '{names}の設定あり。ループバックは除外済み',
  },
  proxyCatches: {
    en: '{names} is set, and would catch calls to this machine too: set NO_PROXY=127.0.0.1,localhost.',
    ja: '{names}の設定があり、このマシンへの呼び出しまでプロキシーに向かいます。NO_PROXY=127.0.0.1,localhostを設定してください。',
  },
  clockSane: { en: '{time}', ja: '{time}' },
  clockBehind: {
    en: '{time} is before {mark}: set the clock, or tokens that expire are judged wrongly.',
    ja: '{time}は{mark}より前です。時計を合わせてください。期限付きトークンの判定が狂います。',
  },
  lastCommit: { en: 'the last commit', ja: '最後のコミット' },
  newestFile: { en: 'the files here', ja: 'ここにあるファイル' },
  terminalFits: {
    en: '{columns} columns, with {colours}',
    ja: '{columns}桁、{colours}',
  },
  terminalNarrow: {
    en: '{columns} columns, with {colours}: the tables want 80, so widen the window.',
    ja: '{columns}桁、{colours}。表は80桁で組んであるので、ウィンドウを広げてください。',
  },
  terminalNone: {
    en: 'none: the tour ends after its table, unless told --stay',
    ja: 'なし。--stayを付けなければ、ツアーは表を出して終わる',
  },
  colours: { en: 'colours', ja: '色あり' },
  noColours: { en: 'no colours', ja: '色なし' },
  languageIs: {
    en: 'English, by the locale or --lang (--lang ja: 日本語)',
    ja: '日本語（ロケールまたは--langによる。--lang en: English）',
  },
  stepServes: {
    en: 'starts and serves an honest call ({seconds} s)',
    ja: '起動し、正規の呼び出しに応える（{seconds}秒）',
  },
  stepFails: {
    en: 'step {step} does not start: {line}',
    ja: 'ステップ{step}が起動しません：{line}',
  },
  stepRefuses: {
    en: 'step 0 starts, and does not serve an honest call.',
    ja: 'ステップ0は起動しますが、正規の呼び出しに応えません。',
  },
} satisfies Record<string, Text>

export const finding = (
  level: Finding['level'],
  what: Text,
  said: Text,
  values: Record<string, string | number> = {},
): Finding => ({ level, what, said, values })
