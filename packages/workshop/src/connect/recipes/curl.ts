import type { Client } from './client.ts'
import {
  bearer,
  certificate,
  giveSecret,
  json,
  machine,
  write,
} from './parts.ts'

/** A call as it goes over the wire, in a file: no shell has to quote it. */
const call = json({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'read_document', arguments: { path: '.' } },
})

export const curl: Client = {
  name: 'curl',
  title: 'curl',
  docs: ['https://curl.se/docs/manpage.html'],
  secret: {
    en: 'In the environment, and the shell puts it into the header. While it runs, the header shows in the list of processes.',
    ja: '環境変数に置き、シェルがヘッダーに入れます。動いているあいだ、ヘッダーはプロセスの一覧に出ます。',
  },
  ca: {
    en: '`--cacert` names the file.',
    ja: '`--cacert`でファイルを指定します。',
  },
  signsIn: machine,
  troubles: [
    {
      seen: {
        en: '{"error":"unauthorized"}, and with -i a 401',
        ja: '{"error":"unauthorized"}（-iを付けると401）',
      },
      why: {
        en: 'The token is wrong or missing. `WWW-Authenticate` says `invalid_token` when one came, and no error when none did.',
        ja: 'トークンが違うか、ありません。トークンが届いていれば`WWW-Authenticate`に`invalid_token`が付き、届いていなければ何も付きません。',
      },
    },
    {
      seen: {
        en: 'curl: (60) SSL certificate problem',
      },
      why: {
        en: 'The authority is not trusted: --cacert is missing. -k would switch the check off, and is never the answer.',
        ja: '認証局が信頼されていません。--cacertがありません。-kは検証を無効にするので、使わないでください。',
      },
    },
  ],
  parts({ step, url }) {
    const headers = [
      'Content-Type: application/json',
      'Accept: application/json, text/event-stream',
    ]
    return [
      {
        kind: 'file',
        path: { en: 'call.json', ja: 'call.json' },
        syntax: 'json',
        text: call,
        say: write('call.json'),
      },
      ...(step > 0 ? [giveSecret] : []),
      {
        kind: 'run',
        words: [
          'curl',
          '-sS',
          url,
          ...(step === 3 ? ['--cacert', certificate] : []),
          ...(step > 0 ? ['-H', bearer] : []),
          ...headers.flatMap((header) => ['-H', header]),
          '-d',
          '@call.json',
        ],
        say: {
          en: 'List the documents.',
          ja: '文書の一覧を取得します。',
        },
      },
    ]
  },
}
