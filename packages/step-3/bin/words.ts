/** A sentence in both languages, with `{names}` where values go. */
export interface Text {
  en: string
  ja: string
}

/** What --lang says, before anything has to be said; else the locale. */
function readLanguage(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): keyof Text {
  const given = /(?:^|\n)--lang[=\n](en|ja)(?:\n|$)/.exec(args.join('\n'))?.[1]
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || ''
  return /^ja([_.-]|$)/i.test(given ?? locale) ? 'ja' : 'en'
}

const lang = readLanguage(process.argv.slice(2), process.env)

/** The sentence in the reader's language. */
export const tell = (text: Text, values: Record<string, string> = {}) =>
  text[lang].replace(/\{(\w+)\}/g, (name, key) => values[key] ?? name)

/** Everything that the command says. */
export const words = {
  made: {
    en: 'Made {cert} and {key} for {hosts}, good until {end}. Whoever trusts {ca} trusts them. That authority signed once, and its key was thrown away: nobody can sign anything else with it.',
    ja: '{cert}と{key}を作りました。名前は{hosts}、期限は{end}です。{ca}を信頼するクライアントが、これを信頼します。この認証局は一度だけ署名し、その秘密鍵は破棄したので、ほかの証明書には誰も署名できません。',
  },
  replaced: {
    en: 'The authority is a new one: what reads {ca} finds it by itself, and where the old one was imported, take that out and import this one.',
    ja: '認証局は新しくなりました。{ca}をファイルとして読むものはそのままで済みます。ブラウザーやOSに取り込んだ場合は、古いものを削除して取り込み直してください。',
  },
  good: {
    en: '{cert} is good for {days} days, until {end}, for {hosts}. Nothing was changed: --force makes another.',
    ja: '{cert}はあと{days}日、{end}まで有効です。名前は{hosts}です。何も変更していません。作り直すには--forceを付けます。',
  },
  soon: {
    en: '{cert} ends in {days} days, on {end}.',
    ja: '{cert}の期限まであと{days}日です（{end}）。',
  },
  over: {
    en: '{cert} has ended on {end}.',
    ja: '{cert}の期限は{end}に切れています。',
  },
  renewHint: {
    en: '`npm run -s certs` makes another.',
    ja: '`npm run -s certs`で作り直せます。',
  },
  none: {
    en: 'There is no {cert}.',
    ja: '{cert}はまだありません。',
  },
  unnamed: {
    en: '{cert} is good until {end}, but not for {hosts}: --force makes another that is.',
    ja: '{cert}は{end}まで有効ですが、{hosts}には使えません。使えるものに作り直すには--forceを付けます。',
  },
  foreign: {
    en: 'What lies in {folder} is not a pair that this command made: --force replaces it.',
    ja: '{folder}にあるのは、このコマンドが作った鍵と証明書の組ではありません。置き換えるには--forceを付けます。',
  },
  badHost: {
    en: '--host wants a name such as mcp.example.test, or an address.',
    ja: '--hostには、mcp.example.testのような名前かアドレスを渡します。',
  },
  badDays: {
    en: '--days wants a whole number from 1 to 397.',
    ja: '--daysには、1から397までの整数を渡します。',
  },
  unwritable: {
    en: '{folder} cannot be written ({code}).',
    ja: '{folder}に書き込めません（{code}）。',
  },
  trust: {
    en: 'How clients come to trust it:',
    ja: 'クライアントに信頼させるには：',
  },
}

/** A kind of client, what to type, and what else has to be known. */
export interface Advice {
  who: Text
  lines?: string[]
  note?: Text
}

/** How each kind of client comes to trust the authority in a file. */
export const advice = (ca: string, windows: boolean): Advice[] => [
  {
    who: { en: 'curl', ja: 'curl' },
    lines: [`curl --cacert ${ca} https://localhost:3003/healthz`],
  },
  {
    who: {
      en: 'Claude Code, MCP Inspector, mcp-remote, and whatever runs on Node',
      ja: 'Claude Code、MCP Inspector、mcp-remoteなど、Nodeで動くもの',
    },
    lines: windows
      ? [`$env:NODE_EXTRA_CA_CERTS = "$PWD\\${ca}"`]
      : [`export NODE_EXTRA_CA_CERTS="$PWD/${ca}"`],
    note: {
      en: 'In the terminal, before it starts: Node reads it at the start only, so a .env file is too late.',
      ja: '起動する前に、ターミナルで設定します。Nodeは起動時にしか読まないため、.envファイルでは間に合いません。',
    },
  },
  {
    who: { en: 'VS Code', ja: 'VS Code' },
    note: {
      en: 'It refuses such certificates for MCP even when the system trusts them (microsoft/vscode#248170). Let mcp-remote carry the calls, as a stdio server with NODE_EXTRA_CA_CERTS in its "env": npx -y mcp-remote https://localhost:3003/mcp',
      ja: 'システムが信頼していても、MCPではこの種の証明書を拒否します（microsoft/vscode#248170）。mcp-remoteをstdioサーバーとして登録し、"env"にNODE_EXTRA_CA_CERTSを書いて中継させます：npx -y mcp-remote https://localhost:3003/mcp',
    },
  },
  {
    who: {
      en: 'Browsers, only if you use one with it',
      ja: 'ブラウザー（使う場合だけ）',
    },
    note: {
      en: 'Import it as an authority for websites: Firefox, Chrome on Linux: Settings, Certificates, Authorities. Else into the system:',
      ja: 'Webサイト用の認証局として取り込みます。FirefoxとLinuxのChromeでは、設定の証明書の管理から取り込みます。ほかはシステムに取り込みます：',
    },
    lines: [
      `macOS    security add-trusted-cert -r trustRoot ${ca}`,
      `Windows  certutil -user -addstore Root ${ca.replaceAll('/', '\\')}`,
    ],
  },
]

/** What no client should ever be told. */
export const never: Text = {
  en: 'Never switch certificate checks off instead (NODE_TLS_REJECT_UNAUTHORIZED=0, curl -k): then anyone can stand in between, and gets the token.',
  ja: '代わりに証明書の検証を切ること（NODE_TLS_REJECT_UNAUTHORIZED=0やcurl -k）はしないでください。誰でも間に割り込め、トークンを手に入れられます。',
}
