import type { Client } from './client.ts'
import { bridge, bridged, isGuarded, json, write } from './parts.ts'

export const vscode: Client = {
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
