import type { Client } from './client.ts'
import {
  giveSecret,
  isGuarded,
  look,
  openRegistration,
  tell,
  trust,
} from './parts.ts'

export const codex: Client = {
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
