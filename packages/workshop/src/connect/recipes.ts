import type { Step, Text } from 'guardcheck'
import type { Word } from './shells.ts'

/** Which server a client is to be connected to. */
export interface Ask {
  step: Step
  url: string
  /** What the client calls it. */
  name: string
  /** The folder of this repository, with forward slashes. */
  root: string
}

/** One thing to do, in the order in which it is done. */
export type Part = { say: Text } & (
  | { kind: 'secret'; name: string }
  | { kind: 'variable'; name: string; value: Word }
  | { kind: 'run'; words: Word[] }
  | { kind: 'file'; path: Text; syntax: 'json' | 'toml' | 'js'; text: string }
  | { kind: 'note' }
)

/** What somebody sees when it does not connect, and why. */
export interface Trouble {
  seen: Text
  why: Text
}

/** A program that calls MCP servers, and how it is told about one. */
export interface Client {
  name: string
  title: string
  /** The pages that this is from. */
  docs: string[]
  /** What was run here, with which version; absent: its documentation. */
  ran?: { version: string; what: Text }
  /** Where the secret lies, and who reads it from there. */
  secret: Text
  /** How it comes to trust a certificate authority of one's own. */
  ca: Text
  /** How somebody signs in at step 3, and which client the issuer sees. */
  signsIn: Text
  troubles: Trouble[]
  parts(ask: Ask): Part[]
}

/** The day on which all of this was looked up, and run where it says so. */
export const asOf = '2026-11-23'

/** The versions that the commands name. */
export const versions = {
  'mcp-remote': '0.15.1',
  '@modelcontextprotocol/inspector': '2.12.0',
}

const remote = `mcp-remote@${versions['mcp-remote']}`
const inspector = `@modelcontextprotocol/inspector@${versions['@modelcontextprotocol/inspector']}`
const certificate = 'certs/ca.pem'
/** The client that the issuer knows without registration. */
const known = 'lessons/clients/workshop.json'

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

const giveSecret: Part = {
  kind: 'secret',
  name: 'MCP_TOKEN',
  say: {
    en: 'Paste the token; nothing of it shows, except in cmd.',
    ja: 'トークンを貼り付けます。cmd以外では画面に出ません。',
  },
}

const trust = (name: string): Part => ({
  kind: 'variable',
  name,
  value: { expand: `{PWD}/${certificate}` },
  say: {
    en: 'In the root of this repository, trust the authority of your certificate.',
    ja: 'このリポジトリのルートで、証明書の認証局を信頼させます。',
  },
})

const openRegistration: Part = {
  kind: 'variable',
  name: 'ISSUER_REGISTRATION',
  value: 'on',
  say: {
    en: 'In the terminal of the issuer, before npm run issuer: let clients register.',
    ja: '発行者のターミナルで、npm run issuerの前に、クライアントの登録を許します。',
  },
}

const look: Text = {
  en: 'See whether it connects.',
  ja: '接続できるか確かめます。',
}

const tell: Text = {
  en: 'Tell the client where the server is.',
  ja: 'クライアントにサーバーの場所を教えます。',
}

const write = (path: string): Part['say'] => ({
  en: `Put this into ${path}.`,
  ja: `次の内容を${path}に書きます。`,
})

const isGuarded = (step: Step) => step === 1 || step === 2

const bearer: Word = { expand: 'Authorization: Bearer {MCP_TOKEN}' }

/** How a client that starts programs is told to start mcp-remote. */
function bridge({ url, root, step }: Ask, more: string[] = []) {
  const signIn = [
    '--callback-path',
    '/callback',
    '--static-oauth-client-info',
    `@${root}/${known}`,
  ]
  return {
    command: 'npx',
    args: [
      '-y',
      remote,
      url,
      '--transport',
      'http-only',
      ...(step === 3 ? signIn : more),
    ],
    ...(step === 3
      ? { env: { NODE_EXTRA_CA_CERTS: `${root}/${certificate}` } }
      : {}),
  }
}

const bridged: Text = {
  en: 'At step 3, mcp-remote signs in for it: a browser opens, and the issuer knows the client as `workshop`.',
  ja: 'ステップ3では、mcp-remoteが代わりにログインします。ブラウザーが開き、発行者からは`workshop`というクライアントに見えます。',
}

const untrusted: Trouble = {
  seen: { en: 'unable to verify the first certificate', ja: '同左' },
  why: {
    en: 'The authority is not trusted: NODE_EXTRA_CA_CERTS was not set when it started, or names another file.',
    ja: '認証局が信頼されていません。起動したときにNODE_EXTRA_CA_CERTSがなかったか、別のファイルを指しています。',
  },
}

const claudeCode: Client = {
  name: 'claude-code',
  title: 'Claude Code',
  docs: ['https://code.claude.com/docs/en/mcp'],
  ran: {
    version: '2.1.197',
    what: {
      en: 'steps 0, 1 and 2 connected, and step 3 led to signing in, which was not carried out; 2.1.197 is the last for Node 20',
      ja: 'ステップ0、1、2に接続しました。ステップ3はログインの手前までで、ログインはしていません。2.1.197は、Node 20で動く最後のバージョンです',
    },
  },
  secret: {
    en: 'In the environment: the configuration keeps `${MCP_TOKEN}`, and Claude Code puts the value in when it starts. A program that prints headers can be named as `headersHelper` instead, which is asked again after a 401.',
    ja: '環境変数に置きます。設定には`${MCP_TOKEN}`のまま残り、Claude Codeが起動時に値を入れます。代わりに、ヘッダーを出力するプログラムを`headersHelper`に指定することもできます。これは401のあとにも呼び直されます。',
  },
  ca: {
    en: '`NODE_EXTRA_CA_CERTS`, set before `claude` starts.',
    ja: '`claude`を起動する前に、`NODE_EXTRA_CA_CERTS`を設定します。',
  },
  signsIn: {
    en: 'With `--client-id workshop` and a fixed port it is a client that the issuer knows. Without, it brings a client metadata document (CIMD), and registers (DCR) where the issuer has `ISSUER_REGISTRATION=on`.',
    ja: '`--client-id workshop`とポートを指定すると、発行者が知っているクライアントになります。指定しなければ、クライアントのメタデータ文書（CIMD）を使い、発行者が`ISSUER_REGISTRATION=on`なら登録（DCR）もします。',
  },
  troubles: [
    {
      seen: {
        en: '✘ Failed to connect (steps 1 and 2)',
        ja: '✘ Failed to connect（ステップ1、2）',
      },
      why: {
        en: 'The token is wrong, missing or revoked. It does not say which; the audit line of step 2 does.',
        ja: 'トークンが違うか、ないか、失効しています。どれなのかは表示されません。ステップ2なら監査ログの行で分かります。',
      },
    },
    {
      seen: {
        en: 'Missing environment variables: MCP_TOKEN',
        ja: '同左',
      },
      why: {
        en: 'The shell that started it does not have the variable. What is sent then is the text `${MCP_TOKEN}` itself.',
        ja: '起動したシェルに変数がありません。このとき送られるのは、`${MCP_TOKEN}`という文字列そのものです。',
      },
    },
    {
      seen: {
        en: '✘ Failed to connect (step 3)',
        ja: '✘ Failed to connect（ステップ3）',
      },
      why: {
        en: 'The authority is not trusted: with NODE_EXTRA_CA_CERTS it says “Needs authentication” instead, and `claude mcp login` comes next.',
        ja: '認証局が信頼されていません。NODE_EXTRA_CA_CERTSがあれば代わりにNeeds authenticationと表示され、次は`claude mcp login`です。',
      },
    },
    {
      seen: {
        en: '⏸ Pending approval',
        ja: '同左',
      },
      why: {
        en: 'The server stands in a `.mcp.json` of the project: start `claude` once and approve it.',
        ja: 'サーバーがプロジェクトの`.mcp.json`に書かれています。一度`claude`を起動して承認します。',
      },
    },
  ],
  parts(ask) {
    const { step, url, name } = ask
    const add = ['claude', 'mcp', 'add', '--transport', 'http']
    if (step === 3) {
      const client = ['--client-id', 'workshop', '--callback-port', '8765']
      return [
        trust('NODE_EXTRA_CA_CERTS'),
        { kind: 'run', words: [...add, ...client, name, url], say: tell },
        {
          kind: 'run',
          words: ['claude', 'mcp', 'login', name],
          say: {
            en: 'Sign in, in the browser that opens.',
            ja: '開いたブラウザーでログインします。',
          },
        },
      ]
    }
    const header = ['--header', 'Authorization: Bearer ${MCP_TOKEN}']
    return [
      ...(isGuarded(step) ? [giveSecret] : []),
      {
        kind: 'run',
        words: [...add, name, url, ...(isGuarded(step) ? header : [])],
        say: isGuarded(step)
          ? {
              en: 'Tell the client. `${MCP_TOKEN}` is meant literally: the shell leaves it alone.',
              ja: 'クライアントに教えます。`${MCP_TOKEN}`は文字どおりに渡します。シェルには展開させません。',
            }
          : tell,
      },
      { kind: 'run', words: ['claude', 'mcp', 'list'], say: look },
      {
        kind: 'file',
        path: { en: '.mcp.json', ja: '.mcp.json' },
        syntax: 'json',
        text: json({
          mcpServers: {
            [name]: {
              type: 'http',
              url,
              ...(isGuarded(step)
                ? { headers: { Authorization: 'Bearer ${MCP_TOKEN}' } }
                : {}),
            },
          },
        }),
        say: {
          en: 'For everybody in a project, the same as a file, .mcp.json, or with --scope project.',
          ja: 'プロジェクトの全員で使うなら、同じ内容を.mcp.jsonに書きます。--scope projectでも同じです。',
        },
      },
    ]
  },
}

const claudeDesktop: Client = {
  name: 'claude-desktop',
  title: 'Claude Desktop',
  docs: [
    'https://modelcontextprotocol.io/docs/develop/connect-local-servers',
    'https://modelcontextprotocol.io/docs/tools/debugging',
    'https://github.com/punkpeye/mcp-remote',
  ],
  secret: {
    en: 'In a file that only you may read, which `--header-file` names. Programs that Claude Desktop starts get only a few variables such as `HOME` and `PATH`, so a variable would have to stand in the configuration itself; that form is below, for a machine where the path of the file has a space in it.',
    ja: '自分だけが読めるファイルに置き、`--header-file`で指定します。Claude Desktopが起動するプログラムには`HOME`や`PATH`など一部の変数しか渡らないので、環境変数を使うと設定ファイルに値を書くことになります。ファイルのパスに空白が入る環境のために、その書き方も下に示します。',
  },
  ca: {
    en: '`NODE_EXTRA_CA_CERTS` in the `env` of the entry, with the full path of the file.',
    ja: '設定の`env`に`NODE_EXTRA_CA_CERTS`を書き、ファイルのフルパスを指定します。',
  },
  signsIn: {
    en: `${bridged.en} Connectors that are added in its settings are called from the cloud: they reach neither 127.0.0.1 nor localhost.`,
    ja: `${bridged.ja}設定画面から追加するコネクターはクラウドから接続されるため、127.0.0.1にもlocalhostにも届きません。`,
  },
  troubles: [
    {
      seen: {
        en: "'C:\\Program' is not recognized, or a header that ends at “Bearer”",
        ja: "'C:\\Program' is not recognized、またはBearerで途切れたヘッダー",
      },
      why: {
        en: 'Windows splits arguments at spaces here: keep spaces out of `args`. `Authorization:${AUTH_HEADER}` has none, and the variable may.',
        ja: 'Windowsでは、引数が空白で分割されます。`args`に空白を入れないでください。`Authorization:${AUTH_HEADER}`には空白がなく、変数の中にはあってもかまいません。',
      },
    },
    {
      seen: {
        en: 'Dynamic Client Registration rejected (HTTP 404), in its log',
        ja: 'ログにDynamic Client Registration rejected (HTTP 404)',
      },
      why: {
        en: 'The token is wrong or missing. mcp-remote takes any 401 for an invitation to OAuth, which steps 1 and 2 do not have.',
        ja: 'トークンが違うか、ありません。mcp-remoteは401を受け取るとOAuthを始めますが、ステップ1、2にOAuthはありません。',
      },
    },
    untrusted,
  ],
  parts(ask) {
    const { step, name, root } = ask
    const file = `${root}/authorization.txt`
    const config = (entry: object) => json({ mcpServers: { [name]: entry } })
    const path = {
      en: 'claude_desktop_config.json',
      ja: 'claude_desktop_config.json',
    }
    const say = {
      en: 'Settings, Developer, Edit Config opens claude_desktop_config.json. Put this in, and restart Claude Desktop.',
      ja: '設定の「開発者」から「設定を編集」を選ぶと、claude_desktop_config.jsonが開きます。次の内容を書き、Claude Desktopを再起動します。',
    }
    if (!isGuarded(step)) {
      const text = config(bridge(ask))
      return [{ kind: 'file', path, syntax: 'json', text, say }]
    }
    return [
      {
        kind: 'note',
        say: {
          en: `Write one line into a file that only you may read, such as ${file}: “Authorization: Bearer ”, and the token after it. git leaves that file alone.`,
          ja: `自分だけが読めるファイル（たとえば${file}）に、「Authorization: Bearer 」に続けてトークンを1行で書きます。このファイルはgitの対象外です。`,
        },
      },
      {
        kind: 'file',
        path,
        syntax: 'json',
        text: config(bridge(ask, ['--header-file', file])),
        say,
      },
      {
        kind: 'file',
        path,
        syntax: 'json',
        text: config({
          ...bridge(ask, ['--header', 'Authorization:${AUTH_HEADER}']),
          env: { AUTH_HEADER: 'Bearer TOKEN' },
        }),
        say: {
          en: 'Where that path has a space in it: the token stands in the configuration, so keep that to yourself.',
          ja: 'パスに空白が入る場合は、次のように書きます。トークンが設定ファイルに残るので、ほかの人に渡さないでください。',
        },
      },
    ]
  },
}

const vscode: Client = {
  name: 'vscode',
  title: 'VS Code',
  docs: [
    'https://code.visualstudio.com/docs/copilot/reference/mcp-configuration',
    'https://github.com/microsoft/vscode/issues/248170',
    'https://github.com/microsoft/vscode/issues/334970',
  ],
  secret: {
    en: 'Nowhere in the file: VS Code asks for it once (`inputs` with `"password": true`) and keeps it in the secret store of the system.',
    ja: 'ファイルには書きません。VS Codeが一度だけ尋ね（`"password": true`を付けた`inputs`）、システムの資格情報ストアに保存します。',
  },
  ca: {
    en: 'None for servers that it calls itself: such certificates are refused even where the system trusts them (microsoft/vscode#248170). At step 3, mcp-remote carries the calls, with `NODE_EXTRA_CA_CERTS` in its `env`.',
    ja: 'VS Code自身が呼び出すサーバーには指定できません。システムが信頼していても拒否されます（microsoft/vscode#248170）。ステップ3ではmcp-remoteに中継させ、その`env`に`NODE_EXTRA_CA_CERTS`を書きます。',
  },
  signsIn: bridged,
  troubles: [
    {
      seen: {
        en: 'a dialog that wants to register a client, or a client ID',
        ja: 'クライアントの登録や、クライアントIDを求めるダイアログ',
      },
      why: {
        en: 'The token is wrong, missing or has expired: VS Code takes the 401 for an invitation to OAuth (microsoft/vscode#334970). Cancel, run “MCP: List Servers”, clear the stored input, and give the right token.',
        ja: 'トークンが違うか、ないか、期限切れです。VS Codeは401を受け取るとOAuthを始めます（microsoft/vscode#334970）。キャンセルし、「MCP: List Servers」で保存された入力を消してから、正しいトークンを入れ直します。',
      },
    },
    {
      seen: {
        en: 'Error sending message to https://…: TypeError: fetch failed',
        ja: '同左',
      },
      why: {
        en: 'It was told to call step 3 itself, and does not trust the certificate: use the entry with mcp-remote.',
        ja: 'ステップ3を直接呼び出そうとして、証明書を信頼できていません。mcp-remoteを使う設定にします。',
      },
    },
  ],
  parts(ask) {
    const { step, url, name } = ask
    const here = { ...ask, root: '${workspaceFolder}' }
    const token = {
      type: 'promptString',
      id: 'mcp-token',
      description: `Token of ${name}`,
      password: true,
    }
    const entry =
      step === 3
        ? { type: 'stdio', ...bridge(here) }
        : {
            type: 'http',
            url,
            ...(isGuarded(step)
              ? { headers: { Authorization: 'Bearer ${input:mcp-token}' } }
              : {}),
          }
    return [
      {
        kind: 'file',
        path: { en: '.vscode/mcp.json', ja: '.vscode/mcp.json' },
        syntax: 'json',
        text: json({
          ...(isGuarded(step) ? { inputs: [token] } : {}),
          servers: { [name]: entry },
        }),
        say: write('.vscode/mcp.json'),
      },
      {
        kind: 'note',
        say: {
          en: 'Press “Start” above the entry; the first time, VS Code asks for what it needs.',
          ja: '設定の上に出る「Start」を押します。初回は、必要なものをVS Codeが尋ねます。',
        },
      },
    ]
  },
}

const cursor: Client = {
  name: 'cursor',
  title: 'Cursor',
  docs: [
    'https://cursor.com/docs/mcp',
    'https://zuplo.com/learn/mcp/compatibility/clients/cursor',
  ],
  secret: {
    en: 'In the environment: the file keeps `${env:MCP_TOKEN}`. Cursor sees the variable only when it was started from that shell; from the Dock or the Start menu it does not.',
    ja: '環境変数に置きます。ファイルには`${env:MCP_TOKEN}`のまま残ります。そのシェルから起動したときだけ、Cursorに変数が渡ります。Dockやスタートメニューから起動すると渡りません。',
  },
  ca: {
    en: 'Its documentation names no way. At step 3, mcp-remote carries the calls, with `NODE_EXTRA_CA_CERTS` in its `env`.',
    ja: 'ドキュメントに方法の記載がありません。ステップ3ではmcp-remoteに中継させ、その`env`に`NODE_EXTRA_CA_CERTS`を書きます。',
  },
  signsIn: {
    en: `${bridged.en} By itself it registers (DCR), or takes a fixed client from \`auth.CLIENT_ID\` and is called back at \`http://localhost:8787/callback\`.`,
    ja: `${bridged.ja}Cursor自身は登録（DCR）を使うか、\`auth.CLIENT_ID\`の固定クライアントを使い、\`http://localhost:8787/callback\`で結果を受け取ります。`,
  },
  troubles: [
    {
      seen: {
        en: 'Needs login, though a header is configured',
        ja: 'ヘッダーを設定したのに、ログインを求められる',
      },
      why: {
        en: 'The variable is not set where Cursor was started, or the token is wrong. Where a server also advertises OAuth, headers of the file are left aside.',
        ja: 'Cursorを起動した環境に変数がないか、トークンが違います。サーバーがOAuthも案内している場合、ファイルのヘッダーは使われません。',
      },
    },
    untrusted,
  ],
  parts(ask) {
    const { step, url, name } = ask
    const here = { ...ask, root: '${workspaceFolder}' }
    const entry =
      step === 3
        ? { type: 'stdio', ...bridge(here) }
        : {
            url,
            ...(isGuarded(step)
              ? { headers: { Authorization: 'Bearer ${env:MCP_TOKEN}' } }
              : {}),
          }
    return [
      {
        kind: 'file',
        path: { en: '.cursor/mcp.json', ja: '.cursor/mcp.json' },
        syntax: 'json',
        text: json({ mcpServers: { [name]: entry } }),
        say: write('.cursor/mcp.json'),
      },
      ...(isGuarded(step) ? [giveSecret] : []),
      {
        kind: 'run',
        words: ['cursor', '.'],
        say: {
          en: 'Start it from this shell; Settings, MCP shows the server.',
          ja: 'このシェルから起動します。設定のMCPにサーバーが表示されます。',
        },
      },
    ]
  },
}

const codex: Client = {
  name: 'codex',
  title: 'Codex CLI',
  docs: ['https://developers.openai.com/codex/mcp'],
  ran: {
    version: '0.169.0',
    what: {
      en: '`codex mcp add` wrote the configuration for steps 0 and 1, and a person signed in at step 3; it calls servers only in a session, which wants an account',
      ja: '`codex mcp add`がステップ0と1の設定を書き、ステップ3で人がログインしました。サーバーを呼び出すのはアカウントが必要なセッションの中だけです',
    },
  },
  secret: {
    en: 'In the environment: the file names the variable (`bearer_token_env_var`) and never holds the token.',
    ja: '環境変数に置きます。ファイルには変数の名前（`bearer_token_env_var`）だけを書き、トークンは書きません。',
  },
  ca: {
    en: '`CODEX_CA_CERTIFICATE`, or `SSL_CERT_FILE`: it is no Node program, and does not read `NODE_EXTRA_CA_CERTS`.',
    ja: '`CODEX_CA_CERTIFICATE`、または`SSL_CERT_FILE`を使います。Nodeのプログラムではないので、`NODE_EXTRA_CA_CERTS`は読みません。',
  },
  signsIn: {
    en: 'It brings a client metadata document (CIMD), which the issuer fetches from the internet. Offline, let it register (DCR): the issuer wants `ISSUER_REGISTRATION=on` for that. With a fixed client it is called back at a path that it makes up, so `workshop` will not do.',
    ja: 'クライアントのメタデータ文書（CIMD）を使い、発行者がそれをインターネットから取得します。オフラインでは登録（DCR）を使うので、発行者に`ISSUER_REGISTRATION=on`が必要です。固定のクライアントでは、コールバックのパスをCodexが決めるため、`workshop`は使えません。',
  },
  troubles: [
    {
      seen: {
        en: 'Auth: Bearer token, and yet no tools in a session',
        ja: 'AuthはBearer tokenなのに、セッションにツールが出ない',
      },
      why: {
        en: '`codex mcp list` does not ask a server that has a token: the token is wrong, or the variable is not set where the session was started.',
        ja: 'トークンのあるサーバーには、`codex mcp list`は問い合わせません。トークンが違うか、セッションを始めた環境に変数がありません。',
      },
    },
    {
      seen: {
        en: 'OAuth metadata discovery failed for https://localhost:…',
        ja: '同左',
      },
      why: {
        en: 'The authority is not trusted: CODEX_CA_CERTIFICATE was not set.',
        ja: '認証局が信頼されていません。CODEX_CA_CERTIFICATEがありませんでした。',
      },
    },
  ],
  parts({ step, url, name }) {
    const add = ['codex', 'mcp', 'add', name, '--url', url]
    if (step === 3) {
      return [
        openRegistration,
        trust('CODEX_CA_CERTIFICATE'),
        {
          kind: 'run',
          words: [...add, '--oauth-client-registration', 'dcr'],
          say: {
            en: 'Tell the client; it goes on to sign you in at once.',
            ja: 'クライアントに教えます。続けてログインが始まります。',
          },
        },
        { kind: 'run', words: ['codex', 'mcp', 'list'], say: look },
      ]
    }
    const guarded = isGuarded(step)
    return [
      ...(guarded ? [giveSecret] : []),
      {
        kind: 'run',
        words: [
          ...add,
          ...(guarded ? ['--bearer-token-env-var', 'MCP_TOKEN'] : []),
        ],
        say: tell,
      },
      { kind: 'run', words: ['codex', 'mcp', 'list'], say: look },
      {
        kind: 'file',
        path: { en: '~/.codex/config.toml', ja: '~/.codex/config.toml' },
        syntax: 'toml',
        text: [
          `[mcp_servers.${name}]`,
          `url = "${url}"`,
          ...(guarded ? ['bearer_token_env_var = "MCP_TOKEN"'] : []),
          '',
        ].join('\n'),
        say: {
          en: 'What that has written into ~/.codex/config.toml.',
          ja: '~/.codex/config.tomlには、次のように書かれます。',
        },
      },
    ]
  },
}

const gemini: Client = {
  name: 'gemini-cli',
  title: 'Gemini CLI',
  docs: [
    'https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md',
  ],
  ran: {
    version: '0.61.0',
    what: {
      en: 'steps 0, 1 and 2 connected; signing in at step 3 wants a session with an account, and was not run',
      ja: 'ステップ0、1、2に接続しました。ステップ3のログインはアカウントが必要なセッションの中で行うため、動かしていません',
    },
  },
  secret: {
    en: 'In the environment: the settings keep `${MCP_TOKEN}`, and Gemini CLI puts the value in when it starts.',
    ja: '環境変数に置きます。設定には`${MCP_TOKEN}`のまま残り、Gemini CLIが起動時に値を入れます。',
  },
  ca: {
    en: '`NODE_EXTRA_CA_CERTS`, set before `gemini` starts.',
    ja: '`gemini`を起動する前に、`NODE_EXTRA_CA_CERTS`を設定します。',
  },
  signsIn: {
    en: 'It registers (DCR), so the issuer wants `ISSUER_REGISTRATION=on`, and is called back at `http://localhost:7777/oauth/callback`. That path is not one of `workshop`.',
    ja: '登録（DCR）を使うので、発行者に`ISSUER_REGISTRATION=on`が必要です。結果は`http://localhost:7777/oauth/callback`で受け取ります。このパスは`workshop`のものではありません。',
  },
  troubles: [
    {
      seen: { en: '✗ … Disconnected', ja: '同左' },
      why: {
        en: 'The token is wrong or missing, or the certificate is not trusted. It does not say which.',
        ja: 'トークンが違うかないか、証明書が信頼されていません。どちらなのかは表示されません。',
      },
    },
    {
      seen: {
        en: '○ … Disabled: this folder is untrusted',
        ja: '○ … Disabled（フォルダーがuntrusted）',
      },
      why: {
        en: 'Start `gemini` here once and trust the folder. Until then `gemini mcp add` without --scope user also forgets the servers that were added before.',
        ja: 'ここで一度`gemini`を起動し、フォルダーを信頼します。それまでは、--scope userのない`gemini mcp add`が、先に追加したサーバーを消してしまいます。',
      },
    },
  ],
  parts({ step, url, name }) {
    const guarded = isGuarded(step)
    const add = ['gemini', 'mcp', 'add', '--transport', 'http']
    const header = ['--header', 'Authorization: Bearer ${MCP_TOKEN}']
    const words = [
      ...add,
      '--scope',
      'user',
      name,
      url,
      ...(guarded ? header : []),
    ]
    const list: Part = {
      kind: 'run',
      words: ['gemini', 'mcp', 'list'],
      say: look,
    }
    const settings: Part = {
      kind: 'file',
      path: { en: '~/.gemini/settings.json', ja: '~/.gemini/settings.json' },
      syntax: 'json',
      text: json({
        mcpServers: {
          [name]: {
            url,
            type: 'http',
            ...(guarded
              ? { headers: { Authorization: 'Bearer ${MCP_TOKEN}' } }
              : {}),
          },
        },
      }),
      say: {
        en: 'What that has written into ~/.gemini/settings.json.',
        ja: '~/.gemini/settings.jsonには、次のように書かれます。',
      },
    }
    if (step === 3) {
      return [
        openRegistration,
        trust('NODE_EXTRA_CA_CERTS'),
        { kind: 'run', words, say: tell },
        {
          kind: 'note',
          say: {
            en: `In a session of gemini, /mcp auth ${name} opens a browser to sign in.`,
            ja: `geminiのセッションで/mcp auth ${name}と入力すると、ログイン用のブラウザーが開きます。`,
          },
        },
        settings,
      ]
    }
    return [
      ...(guarded ? [giveSecret] : []),
      { kind: 'run', words, say: tell },
      list,
      settings,
    ]
  },
}

const mcpRemote: Client = {
  name: 'mcp-remote',
  title: 'mcp-remote',
  docs: ['https://github.com/punkpeye/mcp-remote'],
  ran: {
    version: versions['mcp-remote'],
    what: {
      en: 'step 1 connected, and a person signed in at step 3',
      ja: 'ステップ1に接続し、ステップ3で人がログインしました',
    },
  },
  secret: {
    en: 'In the environment, as a whole header: `Authorization:${AUTH_HEADER}` has no space, so Windows does not split it, and mcp-remote puts the value in. It does not show in the list of processes either.',
    ja: '環境変数に、ヘッダーの値ごと置きます。`Authorization:${AUTH_HEADER}`には空白がないのでWindowsでも分割されず、値はmcp-remoteが入れます。プロセスの一覧にも出ません。',
  },
  ca: {
    en: '`NODE_EXTRA_CA_CERTS`, in the environment or in the `env` of the entry that starts it.',
    ja: '環境変数か、起動する側の設定の`env`に、`NODE_EXTRA_CA_CERTS`を書きます。',
  },
  signsIn: {
    en: 'It registers (DCR) unless `--static-oauth-client-info` names a client. The issuer knows `workshop` at the path `/callback`.',
    ja: '`--static-oauth-client-info`でクライアントを指定しなければ、登録（DCR）を使います。発行者は、`/callback`というパスの`workshop`を知っています。',
  },
  troubles: [
    {
      seen: {
        en: 'Dynamic Client Registration rejected (HTTP 404)',
        ja: '同左',
      },
      why: {
        en: 'The token is wrong or missing. It takes any 401 for an invitation to OAuth, which steps 1 and 2 do not have.',
        ja: 'トークンが違うか、ありません。401を受け取るとOAuthを始めますが、ステップ1、2にOAuthはありません。',
      },
    },
    {
      seen: {
        en: "Environment variable 'AUTH_HEADER' not found",
        ja: '同左',
      },
      why: {
        en: 'Whoever starts it does not pass the variable on. What is sent then is the text `${AUTH_HEADER}` itself.',
        ja: '起動する側が変数を渡していません。このとき送られるのは、`${AUTH_HEADER}`という文字列そのものです。',
      },
    },
    untrusted,
  ],
  parts(ask) {
    const { step, url, name } = ask
    const run = ['npx', '-y', '-p', remote, 'mcp-remote-client', url]
    const header = ['--header', 'Authorization:${AUTH_HEADER}']
    const signIn = [
      '--callback-path',
      '/callback',
      '--static-oauth-client-info',
      `@${known}`,
    ]
    const authorize: Part = {
      kind: 'variable',
      name: 'AUTH_HEADER',
      value: { expand: 'Bearer {MCP_TOKEN}' },
      say: {
        en: 'Make the header of it; here spaces are fine.',
        ja: 'ヘッダーの値にします。ここには空白があってもかまいません。',
      },
    }
    return [
      ...(isGuarded(step) ? [giveSecret, authorize] : []),
      ...(step === 3 ? [trust('NODE_EXTRA_CA_CERTS')] : []),
      {
        kind: 'run',
        words: [
          ...run,
          ...(isGuarded(step) ? header : []),
          ...(step === 3 ? signIn : []),
        ],
        say: {
          en: 'See whether it connects: this asks for the tools, and ends.',
          ja: '接続できるか確かめます。ツールの一覧を取得して終わります。',
        },
      },
      {
        kind: 'file',
        path: { en: 'mcp.json', ja: 'mcp.json' },
        syntax: 'json',
        text: json({
          mcpServers: {
            [name]: bridge(ask, isGuarded(step) ? header : []),
          },
        }),
        say: {
          en: 'For a client that only starts programs. If it passes no variables on, --header-file names a file with the header in it.',
          ja: 'プログラムを起動することしかできないクライアントには、次のように書きます。変数を渡さないクライアントなら、--header-fileでヘッダーを書いたファイルを指定します。',
        },
      },
    ]
  },
}

const mcpInspector: Client = {
  name: 'inspector',
  title: 'MCP Inspector',
  docs: ['https://github.com/modelcontextprotocol/inspector'],
  ran: {
    version: versions['@modelcontextprotocol/inspector'],
    what: {
      en: 'its command line: step 1 connected, and a person signed in at step 3; it asks for Node 22.19, and ran on Node 20',
      ja: 'コマンドラインで、ステップ1に接続し、ステップ3で人がログインしました。Node 22.19以上を求めますが、Node 20で動きました',
    },
  },
  secret: {
    en: 'In the environment, and the shell puts it into the header: a configuration file of the Inspector sends `${MCP_TOKEN}` as it stands. While it runs, the header shows in the list of processes.',
    ja: '環境変数に置き、シェルがヘッダーに入れます。Inspectorの設定ファイルに`${MCP_TOKEN}`と書いても、そのまま送られるだけです。動いているあいだ、ヘッダーはプロセスの一覧に出ます。',
  },
  ca: {
    en: '`NODE_EXTRA_CA_CERTS`, set before it starts.',
    ja: '起動する前に、`NODE_EXTRA_CA_CERTS`を設定します。',
  },
  signsIn: {
    en: 'With `--client-id workshop` it is a client that the issuer knows; `--client-metadata-url` names a client metadata document (CIMD), and without either it registers (DCR).',
    ja: '`--client-id workshop`で、発行者が知っているクライアントになります。`--client-metadata-url`ならクライアントのメタデータ文書（CIMD）、どちらもなければ登録（DCR）を使います。',
  },
  troubles: [
    {
      seen: {
        en: 'auth_required … Interactive OAuth requires a TTY',
        ja: '同左',
      },
      why: {
        en: 'The token is wrong or missing: it takes any 401 for an invitation to OAuth. With `--stored-auth-only` it shows the answer of the server instead.',
        ja: 'トークンが違うか、ありません。401を受け取るとOAuthを始めます。`--stored-auth-only`を付けると、代わりにサーバーの応答を表示します。',
      },
    },
    untrusted,
  ],
  parts({ step, url }) {
    const run = ['npx', '-y', inspector, '--cli', url, '--transport', 'http']
    const client = ['--client-id', 'workshop', '--callback-url']
    return [
      ...(isGuarded(step) ? [giveSecret] : []),
      ...(step === 3 ? [trust('NODE_EXTRA_CA_CERTS')] : []),
      {
        kind: 'run',
        words: [
          ...run,
          '--method',
          'tools/list',
          ...(isGuarded(step) ? ['--header', bearer] : []),
          ...(step === 3 ? [...client, 'http://127.0.0.1:6276/callback'] : []),
        ],
        say: {
          en: 'Ask for the tools.',
          ja: 'ツールの一覧を取得します。',
        },
      },
    ]
  },
}

/** A call as it goes over the wire, in a file: no shell has to quote it. */
const call = json({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'read_document', arguments: { path: '.' } },
})

const machine: Text = {
  en: 'It signs nobody in: at step 3 it is a machine with a token of its own, which `npm run -s key -- mint NAME --scope documents:read` shows.',
  ja: 'ログインはできません。ステップ3では、`npm run -s key -- mint 名前 --scope documents:read`が表示するトークンを持った機械として呼び出します。',
}

const curl: Client = {
  name: 'curl',
  title: 'curl',
  docs: ['https://curl.se/docs/manpage.html'],
  secret: {
    en: 'In the environment, and the shell puts it into the header. While it runs, the header shows in the list of processes.',
    ja: '環境変数に置き、シェルがヘッダーに入れます。動いているあいだ、ヘッダーはプロセスの一覧に出ます。',
  },
  ca: {
    en: '`--cacert` names the file.',
    ja: '`--cacert`でファイルを指定します。',
  },
  signsIn: machine,
  troubles: [
    {
      seen: {
        en: '{"error":"unauthorized"}, and with -i a 401',
        ja: '{"error":"unauthorized"}（-iを付けると401）',
      },
      why: {
        en: 'The token is wrong or missing. `WWW-Authenticate` says `invalid_token` when one came, and no error when none did.',
        ja: 'トークンが違うか、ありません。トークンが届いていれば`WWW-Authenticate`に`invalid_token`が付き、届いていなければ何も付きません。',
      },
    },
    {
      seen: {
        en: 'curl: (60) SSL certificate problem',
        ja: '同左',
      },
      why: {
        en: 'The authority is not trusted: --cacert is missing. -k would switch the check off, and is never the answer.',
        ja: '認証局が信頼されていません。--cacertがありません。-kは検証を無効にするので、使わないでください。',
      },
    },
  ],
  parts({ step, url }) {
    const headers = [
      'Content-Type: application/json',
      'Accept: application/json, text/event-stream',
    ]
    return [
      {
        kind: 'file',
        path: { en: 'call.json', ja: 'call.json' },
        syntax: 'json',
        text: call,
        say: write('call.json'),
      },
      ...(step > 0 ? [giveSecret] : []),
      {
        kind: 'run',
        words: [
          'curl',
          '-sS',
          url,
          ...(step === 3 ? ['--cacert', certificate] : []),
          ...(step > 0 ? ['-H', bearer] : []),
          ...headers.flatMap((header) => ['-H', header]),
          '-d',
          '@call.json',
        ],
        say: {
          en: 'List the documents.',
          ja: '文書の一覧を取得します。',
        },
      },
    ]
  },
}

const sdk: Client = {
  name: 'sdk',
  title: 'fetch, TypeScript SDK',
  docs: ['https://github.com/modelcontextprotocol/typescript-sdk'],
  secret: {
    en: 'In the environment: the program reads `process.env.MCP_TOKEN`.',
    ja: '環境変数に置き、プログラムが`process.env.MCP_TOKEN`を読みます。',
  },
  ca: {
    en: '`NODE_EXTRA_CA_CERTS`, set before `node` starts: a `.env` file is too late.',
    ja: '`node`を起動する前に、`NODE_EXTRA_CA_CERTS`を設定します。`.env`ファイルでは間に合いません。',
  },
  signsIn: {
    en: `${machine.en} For people, the SDK takes an \`authProvider\`.`,
    ja: `${machine.ja}人がログインする場合は、SDKに\`authProvider\`を渡します。`,
  },
  troubles: [
    {
      seen: { en: '401', ja: '401' },
      why: {
        en: 'The token is wrong or missing. With no variable at all, JavaScript would send the word “undefined”; the programs stop before that.',
        ja: 'トークンが違うか、ありません。変数がないとJavaScriptはundefinedという文字列を送ってしまうので、下のプログラムはその前に止まります。',
      },
    },
    {
      seen: { en: 'fetch failed', ja: '同左' },
      why: {
        en: 'Nothing listens there, or the authority is not trusted: the `cause` of the error says which.',
        ja: '待ち受けがないか、認証局が信頼されていません。どちらなのかは、エラーの`cause`に書かれています。',
      },
    },
  ],
  parts({ step, url }) {
    const guarded = step > 0
    const read = guarded
      ? [
          'const token = process.env.MCP_TOKEN',
          "if (!token) throw new Error('MCP_TOKEN is not set.')",
        ]
      : []
    const authorization = 'Authorization: `Bearer ${token}`,'
    const plain = [
      ...read,
      `const response = await fetch('${url}', {`,
      "  method: 'POST',",
      '  headers: {',
      ...(guarded ? [`    ${authorization}`] : []),
      "    'Content-Type': 'application/json',",
      "    Accept: 'application/json, text/event-stream',",
      '  },',
      '  body: JSON.stringify({',
      "    jsonrpc: '2.0',",
      '    id: 1,',
      "    method: 'tools/call',",
      "    params: { name: 'read_document', arguments: { path: '.' } },",
      '  }),',
      '})',
      'console.log(response.status, await response.text())',
      '',
    ]
    const withSdk = [
      "import { Client } from '@modelcontextprotocol/sdk/client/index.js'",
      "import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'",
      '',
      ...read,
      `const url = new URL('${url}')`,
      ...(guarded
        ? [
            'const transport = new StreamableHTTPClientTransport(url, {',
            `  requestInit: { headers: { ${authorization} } },`,
            '})',
          ]
        : ['const transport = new StreamableHTTPClientTransport(url)']),
      "const client = new Client({ name: 'me', version: '1.0.0' })",
      'await client.connect(transport)',
      "const call = { name: 'read_document', arguments: { path: '.' } }",
      'console.log(JSON.stringify(await client.callTool(call)))',
      'await client.close()',
      '',
    ]
    return [
      {
        kind: 'file',
        path: { en: 'call.mjs', ja: 'call.mjs' },
        syntax: 'js',
        text: plain.join('\n'),
        say: {
          en: 'Write this into call.mjs: fetch, and nothing else.',
          ja: '次の内容をcall.mjsに書きます。fetchだけを使います。',
        },
      },
      {
        kind: 'file',
        path: { en: 'sdk.mjs', ja: 'sdk.mjs' },
        syntax: 'js',
        text: withSdk.join('\n'),
        say: {
          en: 'Or this into sdk.mjs, in a folder where the SDK is installed.',
          ja: 'または次の内容を、SDKを入れたフォルダーのsdk.mjsに書きます。',
        },
      },
      ...(guarded ? [giveSecret] : []),
      ...(step === 3 ? [trust('NODE_EXTRA_CA_CERTS')] : []),
      {
        kind: 'run',
        words: ['node', 'call.mjs'],
        say: { en: 'Run it.', ja: '実行します。' },
      },
    ]
  },
}

/** Every client, in the order in which they are listed. */
export const clients: readonly Client[] = [
  claudeCode,
  claudeDesktop,
  vscode,
  cursor,
  codex,
  gemini,
  mcpRemote,
  mcpInspector,
  curl,
  sdk,
]

/** The port of a step, as `pnpm step` serves it. */
export const portOf = (step: Step) => 3000 + step

/** What a client is asked to connect to. */
export function createAsk(step: Step, port: number, root: string): Ask {
  const url =
    step === 3
      ? `https://localhost:${port}/mcp`
      : `http://127.0.0.1:${port}/mcp`
  return { step, url, name: `guard-up-${step}`, root: root.replace(/\/$/, '') }
}
