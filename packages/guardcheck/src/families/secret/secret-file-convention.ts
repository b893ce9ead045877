import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Property } from '../../property.ts'
import { withFolder, writePrivate } from '../ask/files.ts'
import { expectRefusals, type Refusal } from '../ask/hold-process.ts'
import { createGrant, openGrants } from '../ask/hold-tokens.ts'

export const secretFileConvention: Property = {
  id: 'secret/secret-file-convention',
  claim: {
    en: 'secrets come from a file that a variable names, and what is ambiguous or missing is refused',
    ja: 'シークレットは環境変数が指すファイルから読め、曖昧な指定や存在しない指定は拒まれる',
  },
  source: [
    'https://github.com/docker-library/docs/blob/master/postgres/README.md#docker-secrets',
  ],
  owasp: ['MCP01'],
  level: 'policy',
  since: 2,
  needs: ['process', 'keys'],
  advice: {
    en: 'Beside `NAME` read `NAME_FILE`, as Docker, Kubernetes and systemd hand secrets over; with both set, or a path that is no readable file, end with one sentence.',
    ja: '`NAME`に加えて`NAME_FILE`も読みます（Docker、Kubernetes、systemdの渡し方です）。両方が設定されたときや、読めるファイルでないときは、1文を出して終了します。',
  },
  async check(subject) {
    // The server was started with a file, which ends in a newline.
    const keys = await openGrants(subject)
    const { variable, fileVariable } = keys
    await withFolder(async (folder) => {
      const text = keys.format([createGrant(keys)])
      const file = await writePrivate(folder, 'tokens', text)
      const locked = await writePrivate(folder, 'locked', text)
      const given = (name: string, value = join(folder, name)) => ({
        how: `with ${fileVariable} as ${name}`,
        env: { [variable]: undefined, [fileVariable]: value },
        names: [fileVariable],
      })
      await chmod(locked, 0o000)
      const refusals: Refusal[] = [
        {
          how: `with ${variable} and ${fileVariable}`,
          env: { [variable]: text, [fileVariable]: file },
          names: [variable],
        },
        given('a file that is missing'),
        given('a folder', folder),
      ]
      // To the superuser every file is readable.
      const readable = await readFile(locked).catch(() => undefined)
      if (!readable) refusals.push(given('an unreadable file', locked))
      await expectRefusals(subject, refusals)
    })
  },
}
