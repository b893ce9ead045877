import type { Client, Part } from './client.ts'
import {
  bridge,
  giveSecret,
  isGuarded,
  json,
  known,
  remote,
  trust,
  untrusted,
  versions,
} from './parts.ts'

export const mcpRemote: Client = {
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
      },
      why: {
        en: 'The token is wrong or missing. It takes any 401 for an invitation to OAuth, which steps 1 and 2 do not have.',
        ja: 'トークンが違うか、ありません。401を受け取るとOAuthを始めますが、ステップ1、2にOAuthはありません。',
      },
    },
    {
      seen: {
        en: "Environment variable 'AUTH_HEADER' not found",
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
