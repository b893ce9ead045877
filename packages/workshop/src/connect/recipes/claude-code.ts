import type { Client } from './client.ts'
import { giveSecret, isGuarded, json, look, tell, trust } from './parts.ts'

export const claudeCode: Client = {
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
