import type { Text } from 'guardcheck'

/** What a refund says. */
export const words = {
  aboutRefund: {
    en: 'Sign in to step 3 in your browser, and issue one refund in your name.',
    ja: 'ブラウザーからステップ3にログインし、自分の名前で返金を1件行う。',
  },
  optionUrl: {
    en: 'the MCP endpoint (https://localhost:3003/mcp)',
    ja: 'MCPエンドポイント（https://localhost:3003/mcp）',
  },
  refundSignIn: {
    en: 'The server answers 401 and names its issuer. Sign in there, in a browser:',
    ja: 'サーバーは401を返し、発行者を教えました。ブラウザーで開いてログインします：',
  },
  refundSignedIn: {
    en: '✓ Signed in. The token opens {scope}, and no more.',
    ja: '✓ ログインしました。このトークンで使えるのは{scope}だけです。',
  },
  refundStepUp: {
    en: 'issue_refund is answered 403: it asks for one scope more. Allow it here:',
    ja: 'issue_refundには403が返り、別のスコープが必要だと示されました。ここで許可します：',
  },
  refundIssued: {
    en: '✓ Issued. The ledger says by whom:',
    ja: '✓ 返金しました。台帳には、誰によるものかが残ります：',
  },
  refundBack: {
    en: 'Back at the terminal. You may close this page.',
    ja: 'ターミナルに戻ってください。このページは閉じてかまいません。',
  },
  refundRefused: {
    en: 'Nothing was issued: the browser came back with {error}.',
    ja: '返金は行われませんでした。ブラウザーからの応答は{error}です。',
  },
  refundNoServer: {
    en: '{url} cannot be reached: {error}. Start it with npm run step 3, and its issuer with npm run issuer.',
    ja: '{url}に接続できません（{error}）。npm run step 3で起動し、発行者はnpm run issuerで起動してください。',
  },
  badUrl: {
    en: '--url takes the URL of an MCP endpoint.',
    ja: '--urlには、MCPエンドポイントのURLを指定します。',
  },
} satisfies Record<string, Text>
