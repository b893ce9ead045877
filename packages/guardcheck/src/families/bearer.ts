import type { Property } from '../property.ts'
import {
  ignoresOtherCarriers,
  ignoresQuery,
  readsEveryCase,
  refusesMalformed,
  refusesTwoLines,
} from './carriers.ts'
import { showsNoMirage } from './discovery.ts'
import { keepsSecretAtTheDoor } from './mirror.ts'
import { guardsBeforeSession, guardsBeforeWork } from './order.ts'
import {
  challengesEveryMethod,
  forbidsStoring,
  keepsTheGrammar,
  namesNoError,
  refusesAlike,
  repeatsNoSecret,
} from './refusals.ts'
import { opensNoSideDoor } from './sidedoors.ts'
import {
  asvsChapters,
  authorization,
  oauth21,
  practices,
  rfc,
} from './sources.ts'
import { comparesDigests, failsClosed, refusesWrong } from './verifier.ts'

/** The guard's promises about the Authorization header. */
export const bearer: Property[] = [
  {
    id: 'bearer/missing-401-challenge',
    claim: {
      en: 'a request without a credential is answered 401 with one Bearer challenge, whatever its method',
      ja: '資格情報のないリクエストは、どのメソッドでもBearerチャレンジ1つを伴う401になる',
    },
    source: [
      rfc(6750, '3'),
      rfc(9110, '15.5.2'),
      authorization('token-requirements'),
    ],
    owasp: ['MCP07'],
    level: 'must',
    since: 1,
    needs: [],
    advice: {
      en: 'Put one guard above every route of the endpoint, for all methods, and answer `401` with `WWW-Authenticate: Bearer realm="…"`.',
      ja: 'エンドポイントのすべてのルートより上に、全メソッド共通のガードを1つ置き、`WWW-Authenticate: Bearer realm="…"`を付けて`401`を返します。',
    },
    check: challengesEveryMethod,
  },
  {
    id: 'bearer/missing-no-error-code',
    claim: {
      en: 'whoever sent no Bearer credential is told of no error in the challenge',
      ja: 'Bearerの資格情報を送っていない相手へのチャレンジは、エラーコードを含まない',
    },
    source: [rfc(6750, '3.1'), oauth21('5.3.2')],
    owasp: ['MCP07'],
    level: 'should',
    since: 1,
    needs: [],
    advice: {
      en: 'Leave `error` and `error_description` out unless a Bearer token was sent: a client that gets `invalid_token` may throw a token away that it never presented.',
      ja: 'Bearerトークンが送られてきたときだけ`error`と`error_description`を付けます。提示していないのに`invalid_token`を返すと、クライアントは手元の有効なトークンを捨てかねません。',
    },
    check: namesNoError,
  },
  {
    id: 'bearer/wrong-401-invalid-token',
    claim: {
      en: 'every token but a valid one is answered 401, however nearly right it is',
      ja: '有効なトークン以外は、どれほど似ていても401になる',
    },
    source: [authorization('token-handling'), rfc(6750, '3.1'), rfc(6585, '5')],
    owasp: ['MCP01', 'MCP07'],
    level: 'must',
    since: 1,
    needs: [],
    advice: {
      en: 'Compare the whole token, byte by byte, with a value that is never empty, and answer `401` with `error="invalid_token"`.',
      ja: 'トークン全体を、空になり得ない値とバイト単位で比べ、一致しなければ`error="invalid_token"`を付けて`401`を返します。',
    },
    check: refusesWrong,
  },
  {
    id: 'bearer/malformed-400',
    claim: {
      en: 'a malformed Bearer header is never accepted',
      ja: '文法に合わないBearerヘッダーは決して受け入れられない',
    },
    source: [
      rfc(6750, '2.1'),
      rfc(6750, '3.1'),
      authorization('error-handling'),
    ],
    owasp: ['MCP07'],
    level: 'should',
    since: 1,
    needs: ['token'],
    advice: {
      en: 'Match the whole header with its grammar, `/^Bearer +([\\w.~+/-]+=*)$/i`, instead of splitting it, and answer the rest `400` with `error="invalid_request"`.',
      ja: '`split`で切り分けず、ヘッダー全体を文法`/^Bearer +([\\w.~+/-]+=*)$/i`と照合します。合わないものには`error="invalid_request"`を付けて`400`を返します。',
    },
    check: refusesMalformed,
  },
  {
    id: 'bearer/scheme-case-insensitive',
    claim: {
      en: 'the scheme is read in any case and before any number of spaces',
      ja: 'スキームは大文字小文字を問わず、続く空白がいくつでも読み取られる',
    },
    source: [rfc(9110, '11.1'), rfc(6750, '2.1'), oauth21('5.1.1')],
    owasp: ['MCP07'],
    level: 'must',
    since: 1,
    needs: ['token'],
    advice: {
      en: 'Compare the scheme without regard to case and allow one space or more after it; the token itself keeps its case.',
      ja: 'スキームは大文字小文字を区別せずに比べ、後ろの空白は1個以上を許します。トークンの大文字小文字は区別したままにします。',
    },
    check: readsEveryCase,
  },
  {
    id: 'bearer/auth-header-single',
    claim: {
      en: 'a request with two Authorization lines is refused, whatever their order',
      ja: 'Authorization行が2つあるリクエストは、順序にかかわらず拒否される',
    },
    source: [oauth21('5.3.2'), rfc(9110, '5.3')],
    owasp: ['MCP07'],
    level: 'should',
    since: 1,
    needs: ['token'],
    advice: {
      en: 'Count the lines: Node keeps the first in `req.headers` and hides the others, and a proxy may look at another one. `req.headersDistinct.authorization` has them all.',
      ja: '行数を数えます。Nodeの`req.headers`は最初の1行だけを残し、プロキシは別の行を見ているかもしれません。`req.headersDistinct.authorization`ならすべての行が得られます。',
    },
    check: refusesTwoLines,
  },
  {
    id: 'bearer/query-token-ignored',
    claim: {
      en: 'a token in the URL makes no difference',
      ja: 'URLに書かれたトークンは何の効果も持たない',
    },
    source: [
      oauth21('5.1'),
      authorization('token-requirements'),
      asvsChapters.dataProtection,
    ],
    owasp: ['MCP01', 'MCP07'],
    level: 'must',
    since: 1,
    needs: ['token'],
    advice: {
      en: 'Read the token from the Authorization header only: URLs are kept in logs, histories and Referer headers.',
      ja: 'トークンはAuthorizationヘッダーからだけ読み取ります。URLはログ、履歴、Refererヘッダーに残ります。',
    },
    check: ignoresQuery,
  },
  {
    id: 'bearer/alt-carriers-ignored',
    claim: {
      en: 'a token in a form, a cookie, another header or another scheme makes no difference',
      ja: 'フォーム、Cookie、ほかのヘッダー、ほかのスキームで届いたトークンは何の効果も持たない',
    },
    source: [oauth21('5.1.2'), oauth21('7.1.3.4')],
    owasp: ['MCP07'],
    level: 'policy',
    since: 1,
    needs: ['token'],
    advice: {
      en: 'Keep to one carrier, `Authorization: Bearer`: a browser sends cookies by itself, and every further carrier is one more thing to log, cache and forget.',
      ja: '受け取り口を`Authorization: Bearer`の1つに絞ります。Cookieはブラウザーが勝手に送りますし、受け取り口が増えるほど、ログやキャッシュへの漏れも増えます。',
    },
    check: ignoresOtherCarriers,
  },
  {
    id: 'bearer/no-side-door',
    claim: {
      en: 'nothing that a caller says of itself opens the door, and no token in another place',
      ja: '呼び出し元が自分について何を述べても、トークンをほかの場所に入れても、扉は開かない',
    },
    source: [authorization('token-requirements'), oauth21('5.1')],
    owasp: ['MCP07'],
    level: 'must',
    since: 1,
    needs: [],
    advice: {
      en: 'Let the guard look at `Authorization` and at nothing else: addresses, host names, forwarded users, paths and methods are what a caller writes there. A proxy that vouches for callers gets a token of its own.',
      ja: 'ガードは`Authorization`だけを見ます。アドレス、ホスト名、転送されたユーザー名、パス、メソッドは、どれも呼び出し元が書けるものです。呼び出し元を保証するプロキシには、専用のトークンを渡します。',
    },
    check: opensNoSideDoor,
  },
  {
    id: 'bearer/secret-stays-at-the-door',
    claim: {
      en: 'nothing behind the guard is given the credential',
      ja: 'ガードより奥には、資格情報が一切渡らない',
    },
    source: [practices('token-passthrough'), asvsChapters.configuration],
    owasp: ['MCP01'],
    level: 'policy',
    since: 1,
    needs: ['token', 'mirror'],
    advice: {
      en: 'Take the credential off the request once it is verified, from `rawHeaders` too: the SDK gives tools the headers that it finds there, and what a tool has, it can log, return or send on.',
      ja: '検証が済んだら、`rawHeaders`も含めてリクエストから資格情報を取り除きます。SDKはそこにあるヘッダーをツールへ渡し、ツールは受け取ったものをログに書いたり、返したり、よそへ送ったりできます。',
    },
    check: keepsSecretAtTheDoor,
  },
  {
    id: 'bearer/guard-before-work',
    claim: {
      en: 'nothing is read, parsed or run for a request that is going to be refused',
      ja: '拒否されるリクエストのためには、何も読み込まれず、解析されず、実行されない',
    },
    source: [authorization('access-token-privilege-restriction')],
    owasp: ['MCP07'],
    level: 'must',
    since: 1,
    needs: [],
    advice: {
      en: 'Mount the guard above the body parser, and `return` after the refusal: a handler that answers 401 and goes on has run the tool.',
      ja: 'ガードをボディパーサーより上に置き、拒否したら必ず`return`します。401を返した後も処理が続くハンドラーは、ツールを実行してしまいます。',
    },
    check: guardsBeforeWork,
  },
  {
    id: 'bearer/guard-before-session',
    claim: {
      en: 'without a credential, a live session is not told from an unknown one',
      ja: '資格情報なしでは、有効なセッションと未知のセッションを見分けられない',
    },
    source: [practices('session-hijacking')],
    owasp: ['MCP07'],
    level: 'must',
    since: 1,
    needs: [],
    advice: {
      en: 'Look sessions up only behind the guard, so that the refusal is the same with any session id.',
      ja: 'セッションの検索はガードの後ろでだけ行い、どのセッションIDでも同じ拒否を返します。',
    },
    check: guardsBeforeSession,
  },
  {
    id: 'bearer/challenge-wellformed',
    claim: {
      en: 'every challenge keeps to the grammar, whatever was sent',
      ja: '何が送られてきても、チャレンジは文法どおりに組み立てられる',
    },
    source: [rfc(6750, '3'), rfc(9110, '11.6.1'), oauth21('5.3.1')],
    owasp: ['MCP07'],
    level: 'must',
    since: 1,
    needs: [],
    advice: {
      en: 'Build the challenge from constants. A message that was written for people, with a quote or an umlaut in it, breaks the header when it is copied there.',
      ja: 'チャレンジは定数だけで組み立てます。人に向けたメッセージをそのまま入れると、引用符や日本語が1つあるだけでヘッダーが壊れます。',
    },
    check: keepsTheGrammar,
  },
  {
    id: 'bearer/no-token-leak',
    claim: {
      en: 'no answer and nothing that the server prints repeats a token',
      ja: 'どのレスポンスにも、サーバーの出力にも、トークンは現れない',
    },
    source: [authorization('token-theft'), asvsChapters.errors],
    owasp: ['MCP01'],
    level: 'must',
    since: 0,
    needs: ['token'],
    advice: {
      en: 'Never put the credential into an answer, an error or a log line; where lines must be told apart, log a short digest of it.',
      ja: '資格情報をレスポンス、エラー、ログのどれにも入れません。ログで見分ける必要があれば、短いダイジェストを記録します。',
    },
    check: repeatsNoSecret,
  },
  {
    id: 'bearer/no-store',
    claim: {
      en: 'answers and challenges forbid every cache to store them',
      ja: 'レスポンスもチャレンジも、キャッシュへの保存を禁じている',
    },
    source: [rfc(9111, '5.2.2.5'), asvsChapters.dataProtection],
    owasp: ['MCP10'],
    level: 'policy',
    since: 1,
    needs: [],
    advice: {
      en: 'Set `Cache-Control: no-store` in the guard, before it decides, so that refusals carry it too.',
      ja: 'ガードが判断する前に`Cache-Control: no-store`を設定します。こうすると拒否のレスポンスにも付きます。',
    },
    check: forbidsStoring,
  },
  {
    id: 'bearer/uniform-401',
    claim: {
      en: 'wrong tokens of every kind get the same answer',
      ja: 'どのような誤りのトークンにも、同じレスポンスが返る',
    },
    source: [asvsChapters.authentication, asvsChapters.errors],
    owasp: ['MCP07'],
    level: 'policy',
    since: 1,
    needs: [],
    advice: {
      en: 'Say `invalid_token` and no more, whether a token is unknown, expired or meant for somebody else; write the reason where only you read it.',
      ja: '未知でも、期限切れでも、ほかの宛先のものでも、`invalid_token`以上のことは答えません。理由は自分だけが読めるログに書きます。',
    },
    check: refusesAlike,
  },
  {
    id: 'bearer/verifier-fault-closed',
    claim: {
      en: 'a token at which the verifier stumbles, and a verifier that is broken, let nobody in',
      ja: '検証関数をつまずかせるトークンでも、検証関数の故障中でも、誰も通さない',
    },
    source: [authorization('token-handling'), asvsChapters.errors],
    owasp: ['MCP07'],
    level: 'must',
    since: 1,
    needs: [],
    advice: {
      en: 'Let an error of the verifier end the request: `401` for a token that it rejects, `5xx` without detail for everything else, and never `next()` in a `catch`.',
      ja: '検証関数がエラーになったら、そのリクエストを終わらせます。拒否されたトークンは`401`、それ以外は詳細のない`5xx`とし、`catch`の中で`next()`を呼びません。',
    },
    check: failsClosed,
  },
  {
    id: 'bearer/no-oauth-mirage',
    claim: {
      en: 'nothing makes a client start OAuth, unless it is really offered',
      ja: '本当に提供していない限り、クライアントにOAuthを始めさせるものはない',
    },
    source: [
      authorization('protected-resource-metadata-discovery-requirements'),
    ],
    owasp: ['MCP07'],
    level: 'policy',
    since: 0,
    needs: [],
    advice: {
      en: 'Answer `404` at `/.well-known/oauth-*` and `/register`, outside the guard: a client that meets a 200, a 401 or a redirect there starts OAuth and ignores the header you configured.',
      ja: '`/.well-known/oauth-*`と`/register`には、ガードの外で`404`を返します。200、401、リダイレクトを受け取ったクライアントはOAuthを始め、設定済みのヘッダーを無視することがあります。',
    },
    check: showsNoMirage,
  },
  {
    id: 'bearer/compare-constant-time',
    claim: {
      en: 'tokens are compared by digest, in constant time, and never looked up by themselves',
      ja: 'トークンはダイジェスト同士で定数時間比較され、トークンそのものでは検索されない',
    },
    source: [asvsChapters.cryptography],
    owasp: ['MCP01'],
    level: 'policy',
    since: 1,
    needs: ['token', 'process'],
    advice: {
      en: 'Hash what came in, find the entry by that digest if there are many, and let `timingSafeEqual` on two digests have the last word.',
      ja: '受け取ったトークンをハッシュ化し、候補が多ければそのダイジェストで検索して、最後の判断はダイジェスト同士の`timingSafeEqual`に任せます。',
    },
    check: comparesDigests,
  },
]
