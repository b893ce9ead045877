import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Subject } from '../../probe/subject.ts'
import { readTree } from '../../process/tree.ts'
import { expect, type Property } from '../../property.ts'
import { requireProcess } from '../ask/hold-process.ts'
import { expectStrangerRefused } from '../ask/hold-tokens.ts'
import { holds, lookInside, secretsOf } from '../ask/memory.ts'
import { asvsSections } from '../sources.ts'

export const secretNotReachableByTools: Property = {
  id: 'secret/secret-not-reachable-by-tools',
  claim: {
    en: 'neither the environment nor the files that a tool can read hold the secret',
    ja: '環境変数にも、ツールから読めるファイルにも、シークレットはない',
  },
  source: [
    'https://cwe.mitre.org/data/definitions/526.html',
    asvsSections.secrets,
  ],
  owasp: ['MCP01', 'MCP05'],
  level: 'policy',
  since: 2,
  needs: ['token', 'process'],
  slow: true,
  advice: {
    en: 'Give the server digests instead of secrets, keep the secret out of the working directory, and let a tool read only below its own folder.',
    ja: 'サーバーにはシークレットではなくダイジェストを渡し、作業ディレクトリにシークレットを置かず、ツールには専用フォルダーの中だけを読ませます。',
  },
  async check(subject) {
    await expectStrangerRefused(subject)
    const started = requireProcess(subject)
    const secrets = secretsOf(subject)
    const place = await findInFolder(started.cwd, secrets)
    expect(
      place === undefined,
      `The secret stands in ${place}, in the server's own working directory.`,
    )
    const { environment } = await lookInside(subject)
    expect(
      environment.length === 0,
      'The secret stands in the environment of the server.',
    )
    if (process.platform === 'linux') {
      const environments = await readTree(started.pid, 'environ')
      expect(
        !secrets.some((text) => holds(environments, text)),
        'The secret stands in the environment of a process that it started.',
      )
    }
    await expectUnreadable(subject)
  },
}

/** Files beyond these are not searched: nobody keeps a secret in them. */
const maxFiles = 500

const maxFileBytes = 256 * 1024

/** A file of a folder that holds one of the secrets. */
async function findInFolder(
  folder: string,
  secrets: string[],
): Promise<string | undefined> {
  const waiting = ['.']
  let files = 0
  for (const place of waiting) {
    const entries = await readdir(join(folder, place), {
      withFileTypes: true,
    }).catch(() => [])
    for (const entry of entries) {
      const path = join(place, entry.name)
      if (entry.isDirectory()) {
        const skipped = ['node_modules', '.git'].includes(entry.name)
        if (!skipped && path.split(/[\\/]/).length <= 4) waiting.push(path)
      } else if (entry.isFile() && files < maxFiles) {
        files += 1
        const { size } = await stat(join(folder, path))
        if (size > maxFileBytes) continue
        const text = await readFile(join(folder, path), 'utf8').catch(() => '')
        if (secrets.some((secret) => holds(text, secret))) return path
      }
    }
  }
  return undefined
}

/** Asserts that the tool which reads files reads none that says who may call. */
async function expectUnreadable(subject: Subject): Promise<void> {
  const { reader, keys, token } = subject
  if (!reader) return
  const connection = await subject.connect(token)
  const told = secretsOf(subject)
  for (const { secret } of keys?.grants ?? []) {
    told.push(secret, createHash('sha256').update(secret).digest('hex'))
  }
  const file = keys?.file ?? 'tokens.json'
  const up = '../'.repeat(16)
  for (const path of [
    '.env',
    '../.env',
    'tokens.json',
    '../tokens.json',
    file,
    up + file.replace(/^\//, ''),
    '/proc/self/environ',
    `${up}proc/self/environ`,
  ]) {
    const { body } = await connection.request('tools/call', {
      name: reader.name,
      arguments: reader.arguments(path),
    })
    const named = [keys?.variable, keys?.fileVariable].filter((name) => name)
    expect(
      !told.some((text) => holds(body, text)) &&
        !named.some((name) => body.includes(`${name}=`)),
      `${reader.name} was asked for ${path}, and showed what decides who may call.`,
    )
  }
}
