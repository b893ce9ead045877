import type { Step, Text } from 'guardcheck'
import type { Word } from '../shells.ts'
import type { Ask, Part, Trouble } from './client.ts'

/** The versions that the commands name. */
export const versions = {
  'mcp-remote': '0.15.1',
  '@modelcontextprotocol/inspector': '2.12.0',
}

export const remote = `mcp-remote@${versions['mcp-remote']}`
export const inspector = `@modelcontextprotocol/inspector@${versions['@modelcontextprotocol/inspector']}`
export const certificate = 'certs/ca.pem'
/** The client that the issuer knows without registration. */
export const known = 'lessons/clients/workshop.json'

export const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

export const giveSecret: Part = {
  kind: 'secret',
  name: 'MCP_TOKEN',
  say: {
    en: 'Paste the token; nothing of it shows, except in cmd.',
    ja: 'トークンを貼り付けます。cmd以外では画面に出ません。',
  },
}

export const trust = (name: string): Part => ({
  kind: 'variable',
  name,
  value: { expand: `{PWD}/${certificate}` },
  say: {
    en: 'In the root of this repository, trust the authority of your certificate.',
    ja: 'このリポジトリのルートで、証明書の認証局を信頼させます。',
  },
})

export const openRegistration: Part = {
  kind: 'variable',
  name: 'ISSUER_REGISTRATION',
  value: 'on',
  say: {
    en: 'In the terminal of the issuer, before npm run issuer: let clients register.',
    ja: '発行者のターミナルで、npm run issuerの前に、クライアントの登録を許します。',
  },
}

export const look: Text = {
  en: 'See whether it connects.',
  ja: '接続できるか確かめます。',
}

export const tell: Text = {
  en: 'Tell the client where the server is.',
  ja: 'クライアントにサーバーの場所を教えます。',
}

export const write = (path: string): Part['say'] => ({
  en: `Put this into ${path}.`,
  ja: `次の内容を${path}に書きます。`,
})

export const isGuarded = (step: Step) => step === 1 || step === 2

export const bearer: Word = { expand: 'Authorization: Bearer {MCP_TOKEN}' }

/** How a client that starts programs is told to start mcp-remote. */
export function bridge({ url, root, step }: Ask, more: string[] = []) {
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

export const bridged: Text = {
  en: 'At step 3, mcp-remote signs in for it: a browser opens, and the issuer knows the client as `workshop`.',
  ja: 'ステップ3では、mcp-remoteが代わりにログインします。ブラウザーが開き、発行者からは`workshop`というクライアントに見えます。',
}

export const untrusted: Trouble = {
  seen: { en: 'unable to verify the first certificate' },
  why: {
    en: 'The authority is not trusted: NODE_EXTRA_CA_CERTS was not set when it started, or names another file.',
    ja: '認証局が信頼されていません。起動したときにNODE_EXTRA_CA_CERTSがなかったか、別のファイルを指しています。',
  },
}

export const machine: Text = {
  en: 'It signs nobody in: at step 3 it is a machine with a token of its own, which `npm run -s key -- mint NAME --scope documents:read` shows.',
  ja: 'ログインはできません。ステップ3では、`npm run -s key -- mint 名前 --scope documents:read`が表示するトークンを持った機械として呼び出します。',
}
