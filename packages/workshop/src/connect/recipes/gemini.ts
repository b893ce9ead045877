import type { Client, Part } from './client.ts'
import {
  giveSecret,
  isGuarded,
  json,
  look,
  openRegistration,
  tell,
  trust,
} from './parts.ts'

export const gemini: Client = {
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
      seen: { en: '✗ … Disconnected' },
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
