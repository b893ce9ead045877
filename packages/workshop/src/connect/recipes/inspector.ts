import type { Client } from './client.ts'
import {
  bearer,
  giveSecret,
  inspector,
  isGuarded,
  trust,
  untrusted,
  versions,
} from './parts.ts'

export const mcpInspector: Client = {
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
