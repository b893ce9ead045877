import type { Client } from './client.ts'
import { giveSecret, machine, trust } from './parts.ts'

export const sdk: Client = {
  name: 'sdk',
  title: 'fetch, TypeScript SDK',
  docs: ['https://github.com/modelcontextprotocol/typescript-sdk'],
  secret: {
    en: 'In the environment: the program reads `process.env.MCP_TOKEN`.',
    ja: '環境変数に置き、プログラムが`process.env.MCP_TOKEN`を読みます。',
  },
  ca: {
    en: '`NODE_EXTRA_CA_CERTS`, set before `node` starts: a `.env` file is too late.',
    ja: '`node`を起動する前に、`NODE_EXTRA_CA_CERTS`を設定します。`.env`ファイルでは間に合いません。',
  },
  signsIn: {
    en: `${machine.en} For people, the SDK takes an \`authProvider\`.`,
    ja: `${machine.ja}人がログインする場合は、SDKに\`authProvider\`を渡します。`,
  },
  troubles: [
    {
      seen: { en: '401', ja: '401' },
      why: {
        en: 'The token is wrong or missing. With no variable at all, JavaScript would send the word “undefined”; the programs stop before that.',
        ja: 'トークンが違うか、ありません。変数がないとJavaScriptはundefinedという文字列を送ってしまうので、下のプログラムはその前に止まります。',
      },
    },
    {
      seen: { en: 'fetch failed' },
      why: {
        en: 'Nothing listens there, or the authority is not trusted: the `cause` of the error says which.',
        ja: '待ち受けがないか、認証局が信頼されていません。どちらなのかは、エラーの`cause`に書かれています。',
      },
    },
  ],
  parts({ step, url }) {
    const guarded = step > 0
    const read = guarded
      ? [
          'const token = process.env.MCP_TOKEN',
          "if (!token) throw new Error('MCP_TOKEN is not set.')",
        ]
      : []
    const authorization = 'Authorization: `Bearer ${token}`,'
    const plain = [
      ...read,
      `const response = await fetch('${url}', {`,
      "  method: 'POST',",
      '  headers: {',
      ...(guarded ? [`    ${authorization}`] : []),
      "    'Content-Type': 'application/json',",
      "    Accept: 'application/json, text/event-stream',",
      '  },',
      '  body: JSON.stringify({',
      "    jsonrpc: '2.0',",
      '    id: 1,',
      "    method: 'tools/call',",
      "    params: { name: 'read_document', arguments: { path: '.' } },",
      '  }),',
      '})',
      'console.log(response.status, await response.text())',
      '',
    ]
    const withSdk = [
      "import { Client } from '@modelcontextprotocol/sdk/client/index.js'",
      "import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'",
      '',
      ...read,
      `const url = new URL('${url}')`,
      ...(guarded
        ? [
            'const transport = new StreamableHTTPClientTransport(url, {',
            `  requestInit: { headers: { ${authorization} } },`,
            '})',
          ]
        : ['const transport = new StreamableHTTPClientTransport(url)']),
      "const client = new Client({ name: 'me', version: '1.0.0' })",
      'await client.connect(transport)',
      "const call = { name: 'read_document', arguments: { path: '.' } }",
      'console.log(JSON.stringify(await client.callTool(call)))',
      'await client.close()',
      '',
    ]
    return [
      {
        kind: 'file',
        path: { en: 'call.mjs', ja: 'call.mjs' },
        syntax: 'js',
        text: plain.join('\n'),
        say: {
          en: 'Write this into call.mjs: fetch, and nothing else.',
          ja: '次の内容をcall.mjsに書きます。fetchだけを使います。',
        },
      },
      {
        kind: 'file',
        path: { en: 'sdk.mjs', ja: 'sdk.mjs' },
        syntax: 'js',
        text: withSdk.join('\n'),
        say: {
          en: 'Or this into sdk.mjs, in a folder where the SDK is installed.',
          ja: 'または次の内容を、SDKを入れたフォルダーのsdk.mjsに書きます。',
        },
      },
      ...(guarded ? [giveSecret] : []),
      ...(step === 3 ? [trust('NODE_EXTRA_CA_CERTS')] : []),
      {
        kind: 'run',
        words: ['node', 'call.mjs'],
        say: { en: 'Run it.', ja: '実行します。' },
      },
    ]
  },
}
