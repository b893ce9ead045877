import type { Client } from './client.ts'
import { bridge, bridged, isGuarded, json, untrusted } from './parts.ts'

export const claudeDesktop: Client = {
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
