import type { Client } from './client.ts'
import {
  bridge,
  bridged,
  giveSecret,
  isGuarded,
  json,
  untrusted,
  write,
} from './parts.ts'

export const cursor: Client = {
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
