import type { Property } from '../property.ts'
import { fencesDocuments, limitsRegistration } from './clients.ts'
import {
  allowsOneUse,
  bindsRefresh,
  hasHygiene,
  requiresPkce,
  rotatesRefresh,
} from './codes.ts'
import { describesItself, namesAudience, revokes } from './issued.ts'
import { hardensPages } from './pages.ts'
import {
  answersWithIssuer,
  matchesRedirects,
  refusesSchemes,
} from './redirects.ts'
import { authorization, draft, oauth21, rfc } from './sources.ts'

/** What the authorization server does that a server trusts. */
export const issuer: Property[] = [
  {
    id: 'issuer/as-metadata',
    claim: {
      en: 'the authorization server describes itself under its exact name, over https, with PKCE by S256 only',
      ja: '認可サーバーは、自分の正確な名前で、httpsで、PKCEはS256だけと、自分を説明している',
    },
    source: [rfc(8414, '3'), rfc(8414, '3.3')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Serve /.well-known/oauth-authorization-server with `issuer` equal, character by character, to what the resource metadata says; list only S256, and no implicit or password grant.',
      ja: '/.well-known/oauth-authorization-serverの`issuer`を、リソース側のメタデータと1文字も違わない値にします。S256だけを載せ、implicitとpasswordは載せません。',
    },
    check: describesItself,
  },
  {
    id: 'issuer/pkce-required-s256',
    claim: {
      en: 'no code is given without an S256 challenge, and none is traded without its verifier',
      ja: 'S256のチャレンジなしに認可コードは渡されず、対応する検証値なしにトークンへ換えられない',
    },
    source: [oauth21('4.1.1'), oauth21('4.1.3'), rfc(9700, '2.1.1')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Require code_challenge with method S256 of every client, and compare the verifier at the token endpoint.',
      ja: 'すべてのクライアントにcode_challengeとS256を求め、トークンエンドポイントで検証値を照合します。',
    },
    check: requiresPkce,
  },
  {
    id: 'issuer/code-one-shot',
    claim: {
      en: 'a code works once and for its own client, and whoever tries it again ends what it gave',
      ja: '認可コードは、発行されたクライアントだけが1度だけ使え、2度目の使用はそれまでに得たものも終わらせる',
    },
    source: [oauth21('4.1.3'), oauth21('7.5.3')],
    owasp: ['MCP01', 'MCP07'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Mark a code as used in the same step that reads it, bind it to its client, and revoke its grant when it comes back with a right verifier.',
      ja: '読み取りと同時にコードを使用済みにし、クライアントに結び付けます。正しい検証値とともに再び届いたら、そのコードで与えた許可を取り消します。',
    },
    check: allowsOneUse,
  },
  {
    id: 'issuer/redirect-exact',
    claim: {
      en: 'a client or redirect URI that is not registered exactly so is never redirected to',
      ja: '登録と完全に一致しないクライアントやリダイレクトURIへは、決してリダイレクトしない',
    },
    source: [oauth21('2.3.1'), oauth21('4.1.2.1'), rfc(9700, '4.1.3')],
    owasp: ['MCP01', 'MCP07'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Compare redirect URIs as strings; only the port of a loopback address may differ. Show a page for the rest, with no Location.',
      ja: 'リダイレクトURIは文字列として比べ、ループバックアドレスのポートだけ違いを許します。それ以外はLocationを返さず、エラーページを見せます。',
    },
    check: matchesRedirects,
  },
  {
    id: 'issuer/redirect-safe-scheme',
    claim: {
      en: 'no client can register a redirect URI that is neither https nor on this machine',
      ja: 'httpsでもループバックでもないリダイレクトURIは、どのクライアントも登録できない',
    },
    source: [rfc(9700, '2.6'), rfc(7591, '3.2.2')],
    owasp: ['MCP01'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'At registration, take https URIs and http ones of a loopback address, without a fragment, and refuse all others with invalid_redirect_uri.',
      ja: '登録時に、フラグメントのないhttpsのURIとループバックのhttpだけを受け付け、それ以外はinvalid_redirect_uriで断ります。',
    },
    check: refusesSchemes,
  },
  {
    id: 'issuer/iss-and-state',
    claim: {
      en: 'every redirect back, with an error too, says who it comes from and repeats the state',
      ja: 'エラーを含むすべてのリダイレクトが、発行者（iss）と元のstateを伝える',
    },
    source: [rfc(9207, '2'), oauth21('4.1.2.1')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Add `iss` to each authorization response and say so in the metadata (authorization_response_iss_parameter_supported); return `state` exactly as it came.',
      ja: '認可レスポンスに必ず`iss`を付け、メタデータにもauthorization_response_iss_parameter_supportedと書きます。`state`は届いたとおりに返します。',
    },
    check: answersWithIssuer,
  },
  {
    id: 'issuer/resource-to-aud',
    claim: {
      en: 'a token is meant for the resource that was asked for, and no other resource can be had',
      ja: 'トークンは求められたリソースだけを宛先とし、知らないリソース向けには発行されない',
    },
    source: [rfc(8707, '2'), rfc(8707, '2.2')],
    owasp: ['MCP07'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Turn `resource` into `aud`, at /authorize and at /token alike; refuse an unknown, relative or changed one with invalid_target.',
      ja: '/authorizeでも/tokenでも`resource`を`aud`にします。知らない値、相対URL、途中で変わった値はinvalid_targetで断ります。',
    },
    check: namesAudience,
  },
  {
    id: 'issuer/refresh-rotation-reuse',
    claim: {
      en: 'each refresh gives a new refresh token, and using an old one ends them all',
      ja: '更新のたびに新しいリフレッシュトークンが渡され、古いものを使うと一族すべてが無効になる',
    },
    source: [authorization('token-theft'), oauth21('4.3.1'), rfc(9700, '4.14')],
    owasp: ['MCP01'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Rotate refresh tokens of public clients; when a used one comes back, somebody has stolen one: revoke the whole grant.',
      ja: '公開クライアントのリフレッシュトークンは毎回替えます。使用済みのものが届いたら盗まれた証拠なので、許可全体を取り消します。',
    },
    check: rotatesRefresh,
  },
  {
    id: 'issuer/refresh-narrow-bound',
    claim: {
      en: 'a refresh token serves its own client, for no more scope and no other resource than was granted',
      ja: 'リフレッシュトークンは発行されたクライアントだけが使え、許可より広いスコープや別のリソースは得られない',
    },
    source: [oauth21('4.3'), oauth21('4.3.1'), rfc(9700, '4.14')],
    owasp: ['MCP02'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Compare client, scope and resource of each refresh with the grant: invalid_grant, invalid_scope, invalid_target.',
      ja: '更新のたびに、クライアント、スコープ、リソースを元の許可と比べ、invalid_grant、invalid_scope、invalid_targetで断ります。',
    },
    check: bindsRefresh,
  },
  {
    id: 'issuer/token-endpoint-hygiene',
    claim: {
      en: 'the token endpoint takes POST only and one value per parameter, is never cached, and gives tokens of an hour at most',
      ja: 'トークンエンドポイントはPOSTと、1つの名前に1つの値だけを受け付け、キャッシュさせず、長くて1時間のトークンを渡す',
    },
    source: [oauth21('3.2'), oauth21('3.2.3'), rfc(6749, '5.1')],
    owasp: ['MCP01'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Send Cache-Control: no-store with errors as well, refuse a repeated parameter with invalid_request, and keep expires_in at 3600 or less.',
      ja: 'エラーにもCache-Control: no-storeを付け、重複したパラメーターはinvalid_requestで断り、expires_inは3600以下にします。',
    },
    check: hasHygiene,
  },
  {
    id: 'issuer/authorize-ui-hardened',
    claim: {
      en: 'the pages for signing in and agreeing can be neither framed nor forged, and say where the browser is sent',
      ja: 'ログインと同意のページは、フレームに入れることも偽造することもできず、送り先を示す',
    },
    source: [oauth21('7.5.4'), oauth21('7.10'), rfc(9700, '4.16')],
    owasp: ['MCP06'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: "Send frame-ancestors 'none' and X-Frame-Options: DENY, no CORS; put a single-use token into each form; redirect with 303; name the redirect host.",
      ja: "frame-ancestors 'none'とX-Frame-Options: DENYを付け、CORSは許しません。フォームごとに使い切りのトークンを入れ、303でリダイレクトし、送り先のホストを表示します。",
    },
    check: hardensPages,
  },
  {
    id: 'issuer/cimd-safe',
    claim: {
      en: 'a client id that is a URL is fetched only from where it may be, and taken only if its document says the same',
      ja: 'URLのクライアントIDは、許された場所からだけ取得され、文書の内容が一致するときだけ受け入れられる',
    },
    source: [draft('/client-registration#implementation-requirements')],
    owasp: ['MCP05', 'MCP07'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Refuse URLs that lead to private or loopback addresses before connecting; follow no redirect, read 5 kB at most, and compare client_id and redirect_uris.',
      ja: 'プライベートアドレスやループバックへ向かうURLは、接続する前に断ります。リダイレクトを追わず、読むのは5 kBまでにして、client_idとredirect_urisを照合します。',
    },
    check: fencesDocuments,
  },
  {
    id: 'issuer/dcr-hygiene',
    claim: {
      en: 'clients register themselves only where that is switched on, and then within bounds',
      ja: 'クライアントの自己登録は有効にしたときだけ受け付けられ、そのときも限度がある',
    },
    source: [
      rfc(7591, '5'),
      draft('/client-registration#dynamic-client-registration'),
    ],
    owasp: ['MCP07'],
    level: 'should',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Leave registration off unless a client needs it; throttle it, bound what is stored, drop unknown fields, and escape the name wherever it is shown.',
      ja: '必要とするクライアントがなければ、登録は無効のままにします。有効にするなら回数と保存量を制限し、知らない項目は捨て、名前は表示のたびにエスケープします。',
    },
    check: limitsRegistration,
  },
  {
    id: 'issuer/revocation',
    claim: {
      en: 'what is revoked is dead at the server too, within seconds, and nothing else is',
      ja: '取り消したトークンは数秒のうちにサーバーでも使えなくなり、ほかのトークンには影響しない',
    },
    source: [rfc(7009, '2.1'), rfc(7009, '2.2')],
    owasp: ['MCP01'],
    level: 'must',
    since: 3,
    needs: ['issuer'],
    advice: {
      en: 'Issue opaque tokens and let the server ask about them (RFC 7662), with a cache of seconds; a JWT lives on until it expires.',
      ja: '不透明なトークンを発行し、サーバーから問い合わせます（RFC 7662）。キャッシュは数秒にとどめます。JWTは、期限が来るまで使え続けます。',
    },
    check: revokes,
  },
]
