import { readFileSync } from 'node:fs'
import { type Language, type LieName, lies, openLiar } from 'guardcheck'
import type { Colors } from '../terminal/colors.ts'
import { untilAborted, watchEnding } from '../terminal/signals.ts'
import { createTell } from '../terminal/tell.ts'
import { issuerDefaults, issuerPort } from './defaults.ts'
import { words } from './words.ts'

/** How a lie is told. */
export interface LieOptions {
  lang: Language
  colors: Colors
  print(text: string): void
}

export const isLie = (name: string): name is LieName => name in lies

/** The lies by name, and what each is. */
export function listLies({ lang, colors }: LieOptions): string {
  const tell = createTell(lang)
  const rows = Object.entries(lies).map(
    ([name, text]) => `    ${colors.bold(name)}\n      ${text[lang]}`,
  )
  return `\n  ${tell(words.lies)}\n\n${rows.join('\n')}\n\n`
}

/**
 * Serves in the issuer's place, makes one token that lies, and shows how to
 * try it on step 3; resolves with the exit status when it is ended.
 */
export async function tellLie(
  name: LieName,
  { lang, colors, print }: LieOptions,
): Promise<number> {
  const tell = createTell(lang)
  const { env, missing } = issuerDefaults(process.env)
  if (missing) {
    print(`${tell(missing.text, missing.values)}\n`)
    return 1
  }
  const read = (file = '') => readFileSync(file, 'utf8')
  const pair = { key: read(env.TLS_KEY_FILE), cert: read(env.TLS_CERT_FILE) }
  const liar = await openLiar(pair, Number(env.PORT ?? issuerPort))
  const resource = 'https://localhost:3003/mcp'
  const scope = 'documents:read'
  const token = await liar.lie(name, { aud: resource, sub: 'alice', scope })
  const body = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'read_document', arguments: { path: '.' } },
  }
  const curl = [
    `curl -i ${resource} --cacert certs/ca.pem`,
    `-H 'Authorization: Bearer ${token}'`,
    "-H 'Accept: application/json, text/event-stream'",
    "-H 'Content-Type: application/json'",
    `-d '${JSON.stringify(body)}'`,
  ]
  print(
    [
      '',
      `  ${colors.bold(name)}  ${lies[name][lang]}`,
      '',
      `  ${tell(words.lieServes, { url: liar.url })}`,
      '',
      `  OAUTH_ISSUER=${liar.url} npm run step 3`,
      '',
      `  ${curl.join(' \\\n    ')}`,
      '',
      `  ${tell(words.lieExpects)}`,
      '',
      '',
    ].join('\n'),
  )
  await untilAborted(watchEnding(), new Promise(() => {})).catch(() => {})
  await liar.close()
  return 0
}
