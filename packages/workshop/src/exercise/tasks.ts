import type { Text } from 'guardcheck'

/** What a learner builds: the step of that number, from the one before. */
export interface Task {
  step: 1 | 2 | 3
  title: Text
  /** What is to be so in the end, in a sentence or two. */
  goal: Text
  /** The files in the order in which they are told, and what each says. */
  files: { file: string; says: Text }[]
  /** Asked before anything runs; the first run shows the answer. */
  question: { ask: Text; answers: Text[]; right: number; because: Text }
  /** Families of properties in the order in which they are told. */
  order: RegExp[]
  /** Where a property is seen to, by its id; the first that fits. */
  places: [id: RegExp, file: string][]
}

export const tasks: Task[] = [
  {
    step: 1,
    title: {
      en: 'a bearer token at the door',
      ja: '入口でBearerトークンを確かめる',
    },
    goal: {
      en: 'Whoever calls /mcp without the token is answered 401, and nothing of the request is read. No tool changes.',
      ja: 'トークンなしで/mcpを呼び出すと、リクエストの中身が読まれる前に401が返るようにします。ツールは変更しません。',
    },
    files: [
      {
        file: 'src/guard.ts',
        says: {
          en: 'reads the Authorization header, refuses with a challenge (RFC 6750), passes the caller on and keeps the secret',
          ja: 'Authorizationヘッダーを読み、チャレンジ（RFC 6750）を付けて拒否し、シークレットは渡さず、呼び出し元だけを先へ渡す',
        },
      },
      {
        file: 'src/tokens.ts',
        says: {
          en: 'knows the token, and compares digests in constant time',
          ja: 'トークンを知っていて、ダイジェストを一定時間で比較する',
        },
      },
      {
        file: 'src/app.ts',
        says: {
          en: 'puts the guard in front of /mcp, before the message is read',
          ja: 'メッセージを読む前に、/mcpの手前にガードを置く',
        },
      },
    ],
    question: {
      ask: {
        en: 'Your copy still is step 0. Somebody calls read_document without a token. What comes back?',
        ja: 'いまのコピーはステップ0のままです。トークンなしでread_documentを呼び出すと、何が返るでしょうか。',
      },
      answers: [
        { en: '401', ja: '401' },
        { en: 'the document', ja: '文書の中身' },
        { en: 'an empty answer', ja: '空の応答' },
      ],
      right: 1,
      because: {
        en: 'the document: nobody asks who is calling.',
        ja: '文書の中身です。呼び出し元は誰も確かめていません。',
      },
    },
    order: [/^bearer\//, /^session\//, /^transport\//],
    places: [
      [/compare-constant-time|wrong-401|uniform-401/, 'src/tokens.ts'],
      [/^bearer\/(?!guard-before)/, 'src/guard.ts'],
      [/./, 'src/app.ts'],
    ],
  },
  {
    step: 2,
    title: {
      en: 'secrets that have names, and an end',
      ja: '名前と期限のあるシークレット',
    },
    goal: {
      en: 'The secret leaves the source: each caller has a token of its own in a file of digests, which expires, is rotated without a failed request, and is revoked while the server runs.',
      ja: 'シークレットをソースコードの外へ出します。呼び出し元ごとのトークンをダイジェストのファイルで管理し、期限を設け、リクエストを失敗させずに更新し、サーバーを動かしたまま失効させます。',
    },
    files: [
      {
        file: 'bin/key.ts',
        says: {
          en: 'is there already: the command that mints, rotates and revokes. With the files beside it, it imports isMinted, digestOf and checksumOf from keys.ts, readTokens and Token from tokens.ts, readPrivate(variable, file) from files.ts',
          ja: 'すでにあるコマンドで、トークンの作成、更新、失効を行う。隣のファイルとともに、keys.tsのisMinted、digestOf、checksumOf、tokens.tsのreadTokensとToken、files.tsのreadPrivate(variable, file)をインポートする',
        },
      },
      {
        file: 'src/keys.ts',
        says: {
          en: 'knows a minted secret by its checksum, and keeps no more than its digest',
          ja: '発行されたシークレットをチェックサムで見分け、ダイジェストだけを残す',
        },
      },
      {
        file: 'src/files.ts',
        says: {
          en: 'reads a file only if nobody else may read it, and reads it again when it changes',
          ja: 'ほかの誰も読めないファイルだけを読み、変更されたら読み直す',
        },
      },
      {
        file: 'src/tokens.ts',
        says: {
          en: 'reads the list of tokens, finds one by its digest, and looks at its time',
          ja: 'トークンの一覧を読み、ダイジェストで探し、有効期間を確かめる',
        },
      },
      {
        file: 'src/env.ts',
        says: {
          en: 'finds the list by MCP_TOKENS or MCP_TOKENS_FILE, and refuses to start without it',
          ja: 'MCP_TOKENSかMCP_TOKENS_FILEから一覧を見つけ、なければ起動しない',
        },
      },
      {
        file: 'src/audit.ts',
        says: {
          en: 'writes a line of JSON for every decision, also when the caller has left',
          ja: '判断のたびに、呼び出し元が立ち去っていても、JSONを1行書く',
        },
      },
      {
        file: 'src/app.ts',
        says: {
          en: 'puts both in their places, and cuts off whoever loses the token',
          ja: '2つを組み込み、トークンを失った呼び出し元の応答を打ち切る',
        },
      },
      {
        file: 'src/main.ts',
        says: {
          en: 'opens the tokens before it listens',
          ja: '待ち受けの前にトークンを読み込む',
        },
      },
    ],
    question: {
      ask: {
        en: 'The token of step 1 has leaked. What does it take to make it worthless?',
        ja: 'ステップ1のトークンが漏れました。無効にするには何が必要でしょうか。',
      },
      answers: [
        {
          en: 'nothing: it expires by itself',
          ja: '何もいらない。自然に期限が切れる',
        },
        {
          en: 'a change of the source, a restart, and every caller gets the new one at once',
          ja: 'ソースコードの変更と再起動。すべての呼び出し元が一斉に切り替える',
        },
        {
          en: 'revoking that one caller',
          ja: 'その呼び出し元だけを失効させる',
        },
      ],
      right: 1,
      because: {
        en: 'a change of the source: one secret for all has no name and no end.',
        ja: 'ソースコードの変更と再起動です。全員共通のシークレットには、名前も期限もありません。',
      },
    },
    order: [/^secret\//, /^rotation\//, /^operation\//, /^bearer\//],
    places: [
      [/perms|reload/, 'src/files.ts'],
      [/no-start|argv|file-convention|by-tools/, 'src/env.ts'],
      [/minted/, 'src/keys.ts'],
      [/audit/, 'src/audit.ts'],
      [
        /revoke-closes-streams|nothing-runs-on|^session|^transport/,
        'src/app.ts',
      ],
      [/^bearer\//, 'src/guard.ts'],
      [/./, 'src/tokens.ts'],
    ],
  },
  {
    step: 3,
    title: {
      en: 'HTTPS, the edge, and OAuth 2.1',
      ja: 'HTTPS、ネットワークの境界、OAuth 2.1',
    },
    goal: {
      en: 'Served over TLS only, called by its own name only, and opened by tokens that an authorization server gives to people, for this server, with a scope for each tool.',
      ja: 'TLSだけで提供し、自分の名前で呼ばれたときだけ応じます。認可サーバーが人に発行した、このサーバー向けのトークンを受け入れ、ツールごとにスコープを確かめます。',
    },
    files: [
      {
        file: 'src/tls.ts',
        says: {
          en: 'serves over HTTPS, and follows its certificate',
          ja: 'HTTPSで提供し、証明書の変更に追従する',
        },
      },
      {
        file: 'src/edge.ts',
        says: {
          en: 'looks at Host and Origin, and slows down who guesses',
          ja: 'HostとOriginを確かめ、推測を繰り返す相手を遅くする',
        },
      },
      {
        file: 'src/metadata.ts',
        says: {
          en: 'tells who issues tokens (RFC 9728)',
          ja: 'トークンの発行者を知らせる（RFC 9728）',
        },
      },
      {
        file: 'src/authority.ts',
        says: {
          en: 'finds the issuer, and asks it about tokens',
          ja: '発行者を見つけ、トークンの状態を尋ねる',
        },
      },
      {
        file: 'src/jwks.ts',
        says: {
          en: 'fetches the keys of the issuer, seldom',
          ja: '発行者の鍵を、間隔を空けて取得する',
        },
      },
      {
        file: 'src/oauth.ts',
        says: {
          en: 'takes a token only if issuer, audience, time, type and signature are right',
          ja: '発行者、オーディエンス、時刻、種類、署名がすべて正しいトークンだけを受け入れる',
        },
      },
      {
        file: 'src/scopes.ts',
        says: {
          en: 'asks for a scope at each tool',
          ja: 'ツールごとにスコープを求める',
        },
      },
      {
        file: 'src/guard.ts',
        says: {
          en: 'says in every challenge where to ask for a token',
          ja: 'チャレンジで、トークンの入手先を案内する',
        },
      },
      {
        file: 'src/app.ts',
        says: { en: 'puts them in order', ja: 'それぞれを正しい順に並べる' },
      },
    ],
    question: {
      ask: {
        en: 'A token of step 2 is copied out of a log. Who can use it, and for what?',
        ja: 'ステップ2のトークンがログから写し取られました。誰が、何に使えるでしょうか。',
      },
      answers: [
        {
          en: 'only the person whom it was given to',
          ja: '発行された本人だけ',
        },
        { en: 'anyone, for reading only', ja: '誰でも。ただし読み取りだけ' },
        {
          en: 'anyone, for every tool, until it expires or is revoked',
          ja: '期限切れか失効まで、誰でも、すべてのツールに',
        },
      ],
      right: 2,
      because: {
        en: 'anyone, for every tool: it says nothing of a person, and nothing of a tool.',
        ja: '誰でも、すべてのツールに使えます。人についてもツールについても、何も定めていないからです。',
      },
    },
    order: [
      /^tls\//,
      /^transport\//,
      /^resource\/(?!.*scope)/,
      /scope/,
      /^operation\//,
    ],
    places: [
      [/^tls\/|slow-client/, 'src/tls.ts'],
      [/^transport\/(origin|host|cors)|throttle|health/, 'src/edge.ts'],
      [/challenge-resource|challenge-config/, 'src/guard.ts'],
      [/prm-/, 'src/metadata.ts'],
      [/scope/, 'src/scopes.ts'],
      [/jwks/, 'src/jwks.ts'],
      [/introspection|not-driven/, 'src/authority.ts'],
      [/^resource\//, 'src/oauth.ts'],
      [/./, 'src/app.ts'],
    ],
  },
]
