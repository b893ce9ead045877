import type { Report, Result } from '../judge/runner.ts'
import type { Text } from '../property.ts'

/** What decides how a client behaves: all of it, as the report has it. */
interface Condition {
  /** Whether a call without a credential is answered. */
  open?: boolean
  /** What was found about properties, by their ids. */
  verdicts?: Record<string, Result['verdict']>
}

/** What a client does with servers of a kind. */
export interface Prediction {
  /** The versions of the client that did it. */
  versions: string
  when: Condition
  does: Text
  /** The public page or thread that tells it. */
  source: string
  /** `reported` there, or run here on a day, as YYYY-MM-DD. */
  basis: 'reported' | `run ${string}`
}

/** A program that calls MCP servers. */
export interface Client {
  name: string
  title: string
  predictions: Prediction[]
}

const open: Condition = { open: true }

/** A bearer token is wanted, and nothing speaks of OAuth. */
const guarded: Condition = {
  open: false,
  verdicts: {
    'bearer/missing-401-challenge': 'holds',
    'bearer/no-oauth-mirage': 'holds',
    'resource/prm-served': 'fails',
  },
}

/** Nothing gives tokens out, and yet something looks as if it did. */
const mirage: Condition = {
  open: false,
  verdicts: { 'bearer/no-oauth-mirage': 'fails' },
}

const oauth: Condition = {
  open: false,
  verdicts: { 'resource/prm-served': 'holds' },
}

/** A wrong or expired token is answered otherwise than by a 401. */
const silent: Condition = {
  open: false,
  verdicts: { 'bearer/wrong-401-invalid-token': 'fails' },
}

const connectsToAll: Text = {
  en: 'Connects without a credential, as anyone does.',
  ja: '資格情報なしで接続します。ほかの誰でも同じです。',
}

/** What is known about each client; a fact has a source and a date. */
export const clients: Client[] = [
  {
    name: 'claude-code',
    title: 'Claude Code',
    predictions: [
      {
        versions: '2.1.197',
        when: open,
        does: connectsToAll,
        source: 'https://code.claude.com/docs/en/mcp',
        basis: 'run 2026-11-23',
      },
      {
        versions: '2.1.197',
        when: guarded,
        does: {
          en: 'Connects with the header of its configuration. With a wrong token it says “Failed to connect” and no more.',
          ja: '設定したヘッダーで接続します。トークンが違うときは「Failed to connect」とだけ表示されます。',
        },
        source: 'https://code.claude.com/docs/en/mcp',
        basis: 'run 2026-11-23',
      },
      {
        versions: '2.1',
        when: mirage,
        does: {
          en: 'Starts OAuth although a header is configured, for something at a well-known place answers.',
          ja: 'well-knownの場所が応答するため、ヘッダーを設定していてもOAuthを始めます。',
        },
        source: 'https://github.com/anthropics/claude-code/issues/56357',
        basis: 'reported',
      },
      {
        versions: '2.1.197',
        when: oauth,
        does: {
          en: 'Says “Needs authentication” until somebody signs in with claude mcp login.',
          ja: '「Needs authentication」と表示され、claude mcp loginでログインするまで接続しません。',
        },
        source: 'https://code.claude.com/docs/en/mcp',
        basis: 'run 2026-11-23',
      },
      {
        versions: '2.1',
        when: oauth,
        does: {
          en: 'Leaves a configured header aside, for the server advertises OAuth.',
          ja: 'サーバーがOAuthを案内しているため、設定したヘッダーは使われません。',
        },
        source: 'https://github.com/anthropics/claude-code/issues/59467',
        basis: 'reported',
      },
      {
        versions: '2.1',
        when: silent,
        does: {
          en: 'Does not ask headersHelper for a fresh token when one expires: it waits for a 401 that never comes.',
          ja: 'トークンが切れてもheadersHelperを呼び直しません。待っている401が来ないからです。',
        },
        source: 'https://code.claude.com/docs/en/mcp',
        basis: 'reported',
      },
    ],
  },
  {
    name: 'vscode',
    title: 'VS Code',
    predictions: [
      {
        versions: '1.106',
        when: guarded,
        does: {
          en: 'Connects with the header of its configuration. Once the token is wrong or has expired, a dialog wants to register an OAuth client.',
          ja: '設定したヘッダーで接続します。トークンが違うか切れると、OAuthクライアントの登録を求めるダイアログが出ます。',
        },
        source: 'https://github.com/microsoft/vscode/issues/334970',
        basis: 'reported',
      },
      {
        versions: '1.106',
        when: oauth,
        does: {
          en: 'Signs in by OAuth: it registers itself, or asks for a client id where the issuer lets nobody register.',
          ja: 'OAuthでログインします。自分でクライアント登録をし、発行者が登録を受け付けなければクライアントIDを尋ねます。',
        },
        source: 'https://github.com/microsoft/vscode/issues/257415',
        basis: 'reported',
      },
    ],
  },
  {
    name: 'cursor',
    title: 'Cursor',
    predictions: [
      {
        versions: '2026-11',
        when: guarded,
        does: {
          en: 'Connects with the header of its configuration, if the variable was set where Cursor was started; otherwise it asks to log in.',
          ja: '設定したヘッダーで接続します。Cursorを起動した環境に変数がなければ、ログインを求めます。',
        },
        source: 'https://cursor.com/docs/mcp',
        basis: 'reported',
      },
      {
        versions: '2026-11',
        when: oauth,
        does: {
          en: 'Signs in by OAuth and leaves a configured header aside.',
          ja: 'OAuthでログインし、設定したヘッダーは使いません。',
        },
        source: 'https://zuplo.com/learn/mcp/compatibility/clients/cursor',
        basis: 'reported',
      },
    ],
  },
  {
    name: 'codex',
    title: 'Codex CLI',
    predictions: [
      {
        versions: '0.169.0',
        when: guarded,
        does: {
          en: 'Takes the token from the variable that bearer_token_env_var names. codex mcp list asks no such server, so a wrong token shows in a session only.',
          ja: 'bearer_token_env_varが指す変数のトークンを使います。codex mcp listはこうしたサーバーに問い合わせないので、トークンの間違いはセッションに入って初めて分かります。',
        },
        source: 'https://developers.openai.com/codex/mcp',
        basis: 'run 2026-11-23',
      },
      {
        versions: '0.169.0',
        when: oauth,
        does: {
          en: 'Signs in as soon as the server is added: with a client metadata document, or by registering when told so.',
          ja: 'サーバーを追加するとすぐにログインへ進みます。クライアントのメタデータ文書を使い、指定すれば登録もします。',
        },
        source: 'https://developers.openai.com/codex/mcp',
        basis: 'run 2026-11-23',
      },
    ],
  },
  {
    name: 'inspector',
    title: 'MCP Inspector',
    predictions: [
      {
        versions: '2.12.0',
        when: open,
        does: connectsToAll,
        source: 'https://github.com/modelcontextprotocol/inspector',
        basis: 'run 2026-11-23',
      },
      {
        versions: '2.12.0',
        when: guarded,
        does: {
          en: 'Connects with --header on the command line.',
          ja: 'コマンドラインの--headerで接続します。',
        },
        source: 'https://github.com/modelcontextprotocol/inspector',
        basis: 'run 2026-11-23',
      },
      {
        versions: '0.10 and later',
        when: mirage,
        does: {
          en: 'Starts OAuth although a header is configured.',
          ja: 'ヘッダーを設定していてもOAuthを始めます。',
        },
        source: 'https://github.com/modelcontextprotocol/inspector/issues/784',
        basis: 'reported',
      },
    ],
  },
  {
    name: 'mcp-remote',
    title: 'mcp-remote (Claude Desktop)',
    predictions: [
      {
        versions: '0.15.1',
        when: guarded,
        does: {
          en: 'Connects with --header or --header-file. With a wrong token it starts OAuth and ends with “Dynamic Client Registration rejected (HTTP 404)”.',
          ja: '--headerまたは--header-fileで接続します。トークンが違うときはOAuthを始め、「Dynamic Client Registration rejected (HTTP 404)」で終わります。',
        },
        source: 'https://github.com/punkpeye/mcp-remote',
        basis: 'run 2026-11-23',
      },
      {
        versions: '0.1.16',
        when: mirage,
        does: {
          en: 'Starts OAuth although a header is configured.',
          ja: 'ヘッダーを設定していてもOAuthを始めます。',
        },
        source: 'https://github.com/punkpeye/mcp-remote/issues/110',
        basis: 'reported',
      },
      {
        versions: '0.15.1',
        when: oauth,
        does: {
          en: 'Opens a browser to sign in, and keeps what it gets in a folder of the user.',
          ja: 'ブラウザーを開いてログインし、受け取ったものをユーザーのフォルダーに保存します。',
        },
        source: 'https://github.com/punkpeye/mcp-remote',
        basis: 'run 2026-11-23',
      },
    ],
  },
]

/** What a client is going to do with the server of a report. */
export function predict(client: Client, report: Report): Prediction[] {
  const verdicts = new Map<string, Result['verdict']>(
    report.results.map(({ property, verdict }) => [property.id, verdict]),
  )
  return client.predictions.filter(
    ({ when }) =>
      (when.open === undefined || when.open === report.open) &&
      Object.entries(when.verdicts ?? {}).every(
        ([id, verdict]) => verdicts.get(id) === verdict,
      ),
  )
}
