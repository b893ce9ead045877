import type { Property } from '../property.ts'
import {
  abidesByKeys,
  boundsKeyFetches,
  checksIntrospection,
} from './issuers.ts'
import {
  describesResource,
  hintsScope,
  ignoresForwarded,
  pointsToMetadata,
  servesMetadata,
} from './metadata.ts'
import { keepsFromAsking } from './questions.ts'
import { enforcesScope, expiresFirst, keepsToken, stepsUp } from './scopes.ts'
import { asvsSections, authorization, draft, oauth21, rfc } from './sources.ts'
import {
  bindsAudience,
  checksTimes,
  comparesIssuer,
  ignoresHeaderKeys,
  listsAlgorithms,
  remembersWhole,
  takesAccessTokensOnly,
} from './tokens.ts'

/** What a server asks of the access tokens that people's clients bring. */
export const resource: Property[] = [
  {
    id: 'resource/prm-served',
    claim: {
      en: 'anyone may read, at its well-known place, who issues tokens for this server',
      ja: 'このサーバー向けのトークンを誰が発行するかを、決まった場所で誰でも読める',
    },
    source: [rfc(9728, '3.1'), rfc(9728, '3.2')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: [],
    advice: {
      en: 'Serve /.well-known/oauth-protected-resource with the path of the endpoint behind it, without a token and with Access-Control-Allow-Origin: *. Serve a copy at the root only where no other tokens are taken: a client that finds it there starts OAuth, even if it was given a token.',
      ja: '/.well-known/oauth-protected-resourceにエンドポイントのパスを続けた場所で、トークンなしに、Access-Control-Allow-Origin: *を付けて公開します。ルートにも置くのは、ほかのトークンを受け付けないときだけにします。ルートで見つけたクライアントは、渡されたトークンがあってもOAuthを始めるからです。',
    },
    check: servesMetadata,
  },
  {
    id: 'resource/prm-content',
    claim: {
      en: 'the metadata names this very URL, and issuers by the name that they have themselves',
      ja: 'メタデータは、このURLそのものと、発行者が自ら名乗る名前を載せている',
    },
    source: [rfc(9728, '3.2'), rfc(9728, '3.3')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: [],
    advice: {
      en: 'Compare `resource` with the URL that clients use, and each issuer with what its own metadata says, character by character: one slash too many is the most reported failure of OAuth with MCP.',
      ja: '`resource`はクライアントが使うURLと、発行者はその発行者自身のメタデータと、1文字ずつ比べます。末尾のスラッシュ1つの違いが、MCPのOAuthで最も多い失敗です。',
    },
    check: describesResource,
  },
  {
    id: 'resource/challenge-resource-metadata',
    claim: {
      en: 'every refusal says where the metadata is',
      ja: '拒否の応答はいつも、メタデータの場所を示す',
    },
    source: [
      rfc(9728, '5.1'),
      authorization('protected-resource-metadata-discovery-requirements'),
    ],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: [],
    advice: {
      en: 'Put resource_metadata, an absolute https URL, into the challenge of each 401 and 403.',
      ja: '401と403のチャレンジに、resource_metadataをhttpsの絶対URLで入れます。',
    },
    check: pointsToMetadata,
  },
  {
    id: 'resource/challenge-config-derived',
    claim: {
      en: 'no header of a request changes what is advertised',
      ja: 'リクエストのヘッダーによって、案内する内容が変わることはない',
    },
    source: [asvsSections.webServices],
    owasp: ['MCP07'],
    level: 'policy',
    since: 3,
    needs: [],
    advice: {
      en: 'Build resource_metadata, resource and issuer from configuration, never from Host, Forwarded or X-Forwarded-*.',
      ja: 'resource_metadata、resource、issuerは設定から作ります。Host、Forwarded、X-Forwarded-*からは作りません。',
    },
    check: ignoresForwarded,
  },
  {
    id: 'resource/challenge-scope',
    claim: {
      en: 'a client is told to ask for little at first, not for everything there is',
      ja: 'クライアントには、まず最小限のスコープを求めるように伝える',
    },
    source: [rfc(6750, '3'), authorization('scope-selection-strategy')],
    owasp: ['MCP02'],
    level: 'should',
    since: 3,
    needs: [],
    advice: {
      en: 'Name in the 401 the scope without which nothing is of use, and leave the others to the 403 of the tool that needs them.',
      ja: '401では、最初に必要なスコープだけを示します。残りは、それを必要とするツールの403で示します。',
    },
    check: hintsScope,
  },
  {
    id: 'resource/aud-bound',
    claim: {
      en: 'a token that is meant for another server opens nothing',
      ja: '別のサーバーを宛先とするトークンでは、何もできない',
    },
    source: [authorization('token-handling'), rfc(8707, '2'), rfc(9068, '4')],
    owasp: ['MCP01', 'MCP07'],
    level: 'must',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Compare `aud` with your own URL as a whole string, one element of the list by one; never by its beginning or its host.',
      ja: '`aud`は自分のURLと文字列全体で比べます（配列なら要素ごと）。先頭やホスト名だけで比べてはいけません。',
    },
    check: bindsAudience,
  },
  {
    id: 'resource/iss-exact',
    claim: {
      en: 'a token of another issuer, or of one with nearly the same name, opens nothing',
      ja: '別の発行者や、よく似た名前の発行者のトークンでは、何もできない',
    },
    source: [rfc(9068, '4')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Compare `iss` with the configured issuer as a string; do not add or take away a slash.',
      ja: '`iss`は設定した発行者と文字列として比べます。スラッシュを足したり取ったりしません。',
    },
    check: comparesIssuer,
  },
  {
    id: 'resource/alg-confusion-refused',
    claim: {
      en: 'only a signature by a listed algorithm and a published key counts',
      ja: '許可したアルゴリズムと公開された鍵による署名だけが認められる',
    },
    source: [rfc(9068, '4'), rfc(8725, '3.1')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Give the library a list of asymmetric algorithms. The header of a token never chooses one.',
      ja: 'ライブラリーには、非対称アルゴリズムの一覧を渡します。トークンのヘッダーに選ばせてはいけません。',
    },
    check: listsAlgorithms,
  },
  {
    id: 'resource/header-keys-ignored',
    claim: {
      en: 'a key that a token brings along, or points to, is neither believed nor fetched',
      ja: 'トークンが持参した鍵や指定した取得先の鍵は、信じられることも取得されることもない',
    },
    source: [rfc(7515, '4.1.11'), rfc(8725, '3.10')],
    owasp: ['MCP05', 'MCP07'],
    level: 'must',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Take keys from the configured issuer only; ignore jwk, jku and x5u, and refuse what demands an unknown extension (crit).',
      ja: '鍵は設定した発行者からだけ取得します。jwk、jku、x5uは無視し、知らない拡張（crit）を求めるトークンは断ります。',
    },
    check: ignoresHeaderKeys,
  },
  {
    id: 'resource/exp-nbf-skew',
    claim: {
      en: 'a token works from its beginning to its end, and one without an end never',
      ja: 'トークンは開始から期限までだけ有効で、期限のないものは使えない',
    },
    source: [rfc(9068, '2.2'), rfc(7519, '4.1.4')],
    owasp: ['MCP01'],
    level: 'must',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Demand `exp`, check `nbf` as well, and forgive clocks a minute at most.',
      ja: '`exp`を必須とし、`nbf`も確かめます。時計のずれを許すのは長くて1分です。',
    },
    check: checksTimes,
  },
  {
    id: 'resource/typ-at-jwt',
    claim: {
      en: 'only an access token is one: an ID token opens nothing',
      ja: 'アクセストークンだけが通用し、IDトークンでは何もできない',
    },
    source: [rfc(9068, '4'), rfc(8725, '3.11')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Demand `typ: at+jwt` in the header; where an issuer does not write it, let the audience tell access tokens from ID tokens.',
      ja: 'ヘッダーの`typ: at+jwt`を必須とします。それを書かない発行者では、アクセストークンとIDトークンの宛先（aud）を分けます。',
    },
    check: takesAccessTokensOnly,
  },
  {
    id: 'resource/jwks-rotation',
    claim: {
      en: 'a new key of the issuer counts without a restart, and a withdrawn one stops counting',
      ja: '発行者の新しい鍵は再起動なしで有効になり、取り下げられた鍵は無効になる',
    },
    source: [oauth21('7.1.2'), rfc(9068, '4')],
    owasp: ['MCP01'],
    level: 'policy',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Fetch the keys again for an unknown key id, some seconds apart, and throw them away after minutes.',
      ja: '知らない鍵IDが来たら、数秒以上の間隔をおいて鍵を取得し直します。取得した鍵も数分で捨てます。',
    },
    check: abidesByKeys,
  },
  {
    id: 'resource/jwks-abuse',
    claim: {
      en: 'invented key ids cause no flood of requests to the issuer, and its outage lets nobody in',
      ja: 'でたらめな鍵IDで発行者への問い合わせがあふれることはなく、発行者が落ちても誰も通らない',
    },
    source: [asvsSections.errors],
    owasp: ['MCP07'],
    level: 'policy',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Bound how often keys are fetched, whoever asks; answer 401 or 503 while they cannot be had.',
      ja: '誰の要求であっても、鍵の取得回数に上限を設けます。取得できない間は401か503を返します。',
    },
    check: boundsKeyFetches,
  },
  {
    id: 'resource/scope-step-up-403',
    claim: {
      en: 'who lacks a scope is told by a 403 which one, and is served once they have it',
      ja: 'スコープが足りない呼び出しには403で必要なものを伝え、それを得れば応じる',
    },
    source: [
      rfc(6750, '3.1'),
      authorization('runtime-insufficient-scope-errors'),
    ],
    owasp: ['MCP02'],
    level: 'should',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Answer 403 with error="insufficient_scope", all scopes that this operation needs, beside them at most what the caller holds, and resource_metadata.',
      ja: '403で、error="insufficient_scope"、その操作に必要なスコープをすべて、そしてresource_metadataを返します。加えてよいのは、呼び出し元がすでに持つスコープだけです。',
    },
    check: stepsUp,
  },
  {
    id: 'resource/tool-scope-enforced',
    claim: {
      en: 'no way of writing a call, and no scope that merely looks alike, opens a tool',
      ja: '呼び出しの書き方を変えても、似た名前のスコープを使っても、ツールは開かない',
    },
    source: [draft('#step-up-authorization-flow')],
    owasp: ['MCP02', 'MCP07'],
    level: 'must',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Decide by the message that the transport will run, after parsing it once; compare scopes whole, for named tokens too; close each tool and method that no scope is assigned to.',
      ja: '実際に実行されるメッセージを一度だけ解析し、それをもとに判断します。スコープは名前付きトークンも含めて全体で比べ、割り当てのないツールとメソッドは閉じておきます。',
    },
    check: enforcesScope,
  },
  {
    id: 'resource/expired-before-scope',
    claim: {
      en: 'a token that has expired and lacks a scope is answered 401, not 403',
      ja: '期限切れでスコープも足りないトークンには、403ではなく401を返す',
    },
    source: [authorization('token-handling'), rfc(6750, '3.1')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Verify the token first and look at its scopes afterwards, or a client steps up for ever.',
      ja: 'まずトークンを検証し、スコープはそのあとで見ます。逆だと、クライアントがいつまでも権限を求め続けます。',
    },
    check: expiresFirst,
  },
  {
    id: 'resource/no-token-passthrough',
    claim: {
      en: "the caller's token goes no further than this server",
      ja: '呼び出し元のトークンが、このサーバーより先へ渡ることはない',
    },
    source: [authorization('access-token-privilege-restriction')],
    owasp: ['MCP01', 'MCP02'],
    level: 'must',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Call other servers with a credential of your own; do not even give tools the token.',
      ja: '別のサーバーは自分の資格情報で呼び出します。ツールにはトークンを渡しません。',
    },
    check: keepsToken,
  },
  {
    id: 'resource/opaque-introspection',
    claim: {
      en: 'a token that only its issuer can read is held to the same, and its word believed a minute at most',
      ja: '発行者にしか読めないトークンにも同じ条件を課し、その回答を信じるのは長くて1分である',
    },
    source: [rfc(7662, '2.2'), rfc(7662, '4')],
    owasp: ['MCP01', 'MCP07'],
    level: 'must',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Ask with credentials of your own, check active, aud, iss and exp, and keep the answer until exp or a minute, whichever is less.',
      ja: '自分の資格情報で問い合わせ、active、aud、iss、expを確かめます。回答を保持するのは、expまでか1分の短いほうです。',
    },
    check: checksIntrospection,
  },
  {
    id: 'resource/verified-token-only',
    claim: {
      en: 'what was verified counts for that very token, and for none that resembles it',
      ja: '検証の結果はそのトークンだけのもので、似たトークンには使われない',
    },
    source: [rfc(9068, '4'), rfc(7515, '5.2')],
    owasp: ['MCP01', 'MCP07'],
    level: 'must',
    since: 3,
    needs: ['lying-issuer'],
    advice: {
      en: 'Remember a verified token under a digest of the whole of it, never under its `jti`, its `sub` or what stands before its signature.',
      ja: '検証済みのトークンは、その全体のダイジェストをキーにして記憶します。`jti`や`sub`、署名より前の部分をキーにしてはいけません。',
    },
    check: remembersWhole,
  },
  {
    id: 'resource/issuer-not-driven',
    claim: {
      en: 'nobody without a token makes the server ask its issuer at will, and those who hold one do not wait for it',
      ja: 'トークンのない相手が発行者への問い合わせを好きなだけ起こすことはできず、持ち主が待たされることもない',
    },
    source: [asvsSections.antiAutomation, rfc(7662, '4')],
    owasp: ['MCP01', 'MCP07'],
    level: 'policy',
    since: 3,
    needs: ['token', 'lying-issuer', 'intrusive'],
    advice: {
      en: 'Look at the limit of guesses before a question is asked, not after it; ask once about one token, whoever waits for the word; serve what is known without asking.',
      ja: '推測の上限は、問い合わせた後ではなく前に確かめます。同じトークンへの問い合わせは1つにまとめ、問い合わせなくても分かる相手にはそのまま応じます。',
    },
    check: keepsFromAsking,
  },
]
