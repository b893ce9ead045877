import { chmod, chown, readFile, rename, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Keys } from '../../probe/keys.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { isRefused, said } from '../ask/answer.ts'
import { run, withFolder, writePrivate } from '../ask/files.ts'
import {
  expectRefusals,
  type Refusal,
  requireProcess,
} from '../ask/hold-process.ts'
import {
  createGrant,
  give,
  giveAndSee,
  openGrants,
  requireKeys,
} from '../ask/hold-tokens.ts'
import { asvsSections } from '../sources.ts'

export const secretFilePerms: Property = {
  id: 'secret/secret-file-perms',
  claim: {
    en: 'a file with a secret that others may read or write, or that belongs to another, is refused at every reading, and git never takes it in',
    ja: '他人が読み書きできる、または他人が所有するシークレットのファイルは、読み込むたびに拒まれ、gitにも入らない',
  },
  source: [asvsSections.secrets],
  owasp: ['MCP01'],
  level: 'policy',
  since: 2,
  needs: ['process', 'keys'],
  advice: {
    en: 'Look at owner and mode of the file that was opened, when starting and when reloading: its own owner, mode `600`, or root with mode `640` where root gives it to one group. Put `.env` and the token file into `.gitignore`.',
    ja: '起動時にも再読み込み時にも、開いたファイルの所有者とモードを確かめます。所有者は自分でモードは`600`、またはrootが1つのグループに渡す場合はモード`640`です。`.env`とトークンファイルは`.gitignore`に入れます。',
  },
  async check(subject) {
    const keys = requireKeys(subject)
    if (process.platform === 'win32') {
      throw new NotApplicable('Windows keeps no mode of a file.')
    }
    const text = keys.format([createGrant(keys)])
    await withFolder(async (folder) => {
      const refuse = async (
        variable: string,
        content: string,
        mode: number,
        owner?: number,
      ): Promise<Refusal> => {
        const octal = mode.toString(8)
        const name = `${variable}-${octal}-${owner ?? 'own'}`
        const file = await writePrivate(folder, name, content)
        await chmod(file, mode)
        if (owner !== undefined) await chown(file, owner, owner)
        return {
          how: `with ${variable} as a file of mode ${octal}${owner === undefined ? '' : ' that belongs to another user'}`,
          env: {
            [variable]: file,
            ...(variable === keys.fileVariable && {
              [keys.variable]: undefined,
            }),
          },
          names: [variable],
        }
      }
      const refusals = [
        refuse(keys.fileVariable, text, 0o640),
        refuse(keys.fileVariable, text, 0o602),
      ]
      // Only the superuser can give a file away.
      if (process.getuid?.() === 0) {
        refusals.push(refuse(keys.fileVariable, text, 0o600, nobody))
      }
      const others = Object.entries(subject.secretFiles ?? {})
      for (const [variable, file] of others) {
        const content = await readFile(file, 'utf8')
        refusals.push(refuse(variable, content, 0o640))
      }
      await expectRefusals(subject, await Promise.all(refusals))
    })
    await expectOpenFileIgnored(subject, keys)
    const { cwd } = requireProcess(subject)
    for (const name of ['.env', basename(keys.file)]) {
      expect(
        await isIgnored(cwd, name),
        `git would take in ${name}, if it lay beside the server.`,
      )
    }
  },
}

/** A user whom no file of a server belongs to. */
const nobody = 65_534

/** Milliseconds that a reload has to take in what it must not. */
const reloadMs = 1500

/** Asserts that a token file is not reloaded once others may read it. */
async function expectOpenFileIgnored(
  subject: Subject,
  given: Keys,
): Promise<void> {
  const keys = await openGrants(subject)
  const fresh = createGrant(keys)
  const { output } = requireProcess(subject)
  const from = output().length
  const told = () => output().slice(from).includes(keys.fileVariable)
  const file = `${keys.file}.open`
  await writeFile(file, keys.format([...keys.grants, fresh]))
  await chmod(file, 0o644)
  await rename(file, keys.file)
  try {
    const end = Date.now() + reloadMs
    while (!told() && Date.now() < end) await setTimeout(30)
    const answer = await subject.send({ secret: fresh.secret })
    expect(
      isRefused(answer),
      `A secret of a token file that others may read was answered ${said(answer)} after a reload.`,
    )
  } finally {
    const good = createGrant(keys)
    await giveAndSee(subject, given, good)
    await give(given)
  }
}

/** Whether git leaves a file of a folder alone; also where there is no git. */
async function isIgnored(folder: string, name: string): Promise<boolean> {
  try {
    await run('git', ['check-ignore', '-q', '--no-index', name], {
      cwd: folder,
    })
    return true
  } catch (error) {
    return (error as { code?: number | string }).code !== 1
  }
}
