import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  chmod,
  chown,
  readdir,
  readFile,
  rename,
  stat,
  writeFile,
} from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type { Keys } from '../keys.ts'
import type { Subject } from '../probe/subject.ts'
import { readTree } from '../process/tree.ts'
import { expect, NotApplicable, type Property } from '../property.ts'
import { isRefused, said } from './ask/answer.ts'
import { run, withFolder, writePrivate } from './ask/files.ts'
import {
  expectRefusals,
  type Refusal,
  requireProcess,
} from './ask/hold-process.ts'
import {
  becomes,
  createGrant,
  expectStrangerRefused,
  give,
  giveAndSee,
  mint,
  openGrants,
  requireKeys,
  sharedStart,
} from './ask/hold-tokens.ts'
import { holds, lookInside, secretsOf } from './ask/memory.ts'
import { asvsChapters, asvsSections, oauth21 } from './sources.ts'

/** Where secrets come from, where they lie, and who else can read them. */
export const secret: Property[] = [
  {
    id: 'secret/no-start-without-secret',
    claim: {
      en: 'a server that was given no secret does not start, and names the variable that it misses',
      ja: 'シークレットが与えられなければサーバーは起動せず、足りない環境変数の名前を告げる',
    },
    source: [asvsSections.errors],
    owasp: ['MCP01', 'MCP07'],
    level: 'policy',
    since: 2,
    needs: ['process', 'keys'],
    advice: {
      en: 'Read the variable once at start, treat unset, empty and blank alike, and end with one sentence that names it. Never fall back to a default or to no guard.',
      ja: '起動時に環境変数を一度だけ読み、未設定、空、空白だけを同じに扱い、変数名を示す1文を出して終了します。既定値やガードなしには切り替えません。',
    },
    async check(subject) {
      const { variable, fileVariable } = requireKeys(subject)
      const names = [variable, fileVariable]
      const given = (text?: string, file?: string) => ({
        env: { [variable]: text, [fileVariable]: file },
        names,
      })
      const refusals: Refusal[] = [
        { how: 'with nothing but blanks for a secret', ...given(' \t') },
        { how: `with an empty ${variable}`, ...given('', '') },
      ]
      // A `.env` of the folder would give what the environment does not.
      if (!existsSync(join(requireProcess(subject).cwd, '.env'))) {
        refusals.push({ how: 'with no secret at all', ...given() })
      }
      await expectRefusals(subject, refusals)
    },
  },
  {
    id: 'secret/no-start-weak-secret',
    claim: {
      en: 'a short, repetitive or placeholder secret never opens the door, and is not printed',
      ja: '短い、繰り返しだけの、または例示用のシークレットでは決して通れず、画面にも出ない',
    },
    source: [oauth21('7.7'), asvsSections.backends],
    owasp: ['MCP01', 'MCP07'],
    level: 'must',
    since: 2,
    needs: ['process', 'keys'],
    advice: {
      en: 'Take only secrets that your own command minted (a prefix and a checksum tell), so that nobody can choose a weak one; never print the one that you refuse.',
      ja: '自分のコマンドが発行したシークレットだけを受け付けます（接頭辞とチェックサムで見分けます）。弱い値を選べなくなります。拒否した値は表示しません。',
    },
    async check(subject) {
      const keys = requireKeys(subject)
      const { variable, fileVariable } = keys
      await expectRefusals(
        subject,
        weakSecrets.slice(0, 2).map((weak) => ({
          how: `with ${shortened(weak)} for a secret`,
          env: { [variable]: weak, [fileVariable]: undefined },
          names: [variable],
          unsaid: [weak],
        })),
      )
      await openGrants(subject)
      // A prefix is no proof that a secret was minted.
      const prefix = sharedStart([keys.createSecret(), keys.createSecret()])
      const texts = [...weakSecrets, `${prefix}changeme`]
      const weak = texts.map((text) => ({
        ...createGrant(keys),
        secret: text,
      }))
      const good = createGrant(keys)
      await give(keys, ...weak, good)
      // A server may leave such a file alone as a whole: that is safe too.
      await becomes(subject, good.secret, 200)
      for (const text of texts) {
        const answer = await subject.send({ secret: text })
        expect(
          isRefused(answer),
          `The weak secret ${shortened(text)} was answered ${said(answer)}.`,
        )
      }
      await give(keys)
    },
  },
  {
    id: 'secret/minted-entropy',
    claim: {
      en: 'the command that gives out secrets makes each of them from 256 random bits, behind a prefix that scanners know',
      ja: '発行コマンドのシークレットは、検出用の接頭辞に続き、毎回256ビットの乱数から作られる',
    },
    source: [oauth21('7.7'), asvsSections.random],
    owasp: ['MCP01'],
    level: 'must',
    since: 2,
    needs: ['keys'],
    advice: {
      en: 'Mint with `randomBytes(32).toString("base64url")` behind a prefix of your own; `Math.random()`, the time and UUIDs are too little.',
      ja: '自前の接頭辞に`randomBytes(32).toString("base64url")`を続けて発行します。`Math.random()`、時刻、UUIDでは足りません。',
    },
    async check(subject) {
      const keys = requireKeys(subject)
      await withFolder(async (folder) => {
        const names = Array.from({ length: 1000 }, (_, n) => `guardcheck-${n}`)
        const file = join(folder, 'tokens.json')
        const { secrets } = await mint(keys, file, names)
        const different = new Set(secrets).size
        expect(
          different === names.length,
          `Of ${names.length} callers, ${different} were given a secret of their own.`,
        )
        const odd = secrets.some((text) => !/^[\w.~+/-]+=*$/.test(text))
        expect(!odd, 'A minted secret has characters that no header takes.')
        expect(
          sharedStart(secrets).length >= 3,
          'Minted secrets have no prefix by which a scanner could know them.',
        )
        const bits = Math.round(bitsOf(secrets.map(withoutChecksum)))
        expect(
          bits >= 250,
          `Minted secrets differ in ${bits} bits at most, not in 256.`,
        )
      })
    },
  },
  {
    id: 'secret/secret-not-in-argv',
    claim: {
      en: 'no secret stands on a command line, and the server refuses to start with one there',
      ja: 'シークレットはコマンドラインに現れず、引数で渡せばサーバーは起動を拒む',
    },
    source: [
      'https://cwe.mitre.org/data/definitions/214.html',
      asvsSections.secrets,
    ],
    owasp: ['MCP01'],
    level: 'policy',
    since: 2,
    needs: ['token', 'process'],
    advice: {
      en: 'Every user of the machine can read a command line: take secrets from a file or the environment, and end at once on an argument you do not know.',
      ja: 'コマンドラインは同じマシンの誰でも読めます。シークレットはファイルか環境変数から受け取り、知らない引数があれば直ちに終了します。',
    },
    async check(subject) {
      const { pid, inShell } = requireProcess(subject)
      if (process.platform !== 'linux') {
        throw new NotApplicable(
          'The command lines of processes are read from /proc, which only Linux has.',
        )
      }
      const lines = await readTree(pid, 'cmdline')
      expect(
        !secretsOf(subject).some((text) => holds(lines, text)),
        'A secret stands on the command line of the server.',
      )
      if (inShell) {
        throw new NotApplicable(
          'A shell started it, so no argument can be added that surely reaches it.',
        )
      }
      const stranger = 'guardcheck-secret-on-the-command-line'
      await expectRefusals(subject, [
        {
          how: 'with a secret on its command line',
          env: {},
          args: ['--token', stranger],
          unsaid: [stranger],
        },
      ])
    },
  },
  {
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
  },
  {
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
  },
  {
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
  },
  {
    id: 'secret/secret-hashed-in-store',
    claim: {
      en: 'the server keeps digests of secrets, in its file and in its memory, never the secrets',
      ja: 'サーバーはファイルにもメモリーにもシークレットのダイジェストだけを持ち、シークレット自体は持たない',
    },
    source: [asvsChapters.authentication],
    owasp: ['MCP01'],
    level: 'policy',
    since: 2,
    needs: ['token', 'process', 'keys'],
    advice: {
      en: 'Keep the SHA-256 of each secret and hash what comes in: of 256 random bits a plain digest cannot be undone. Cache nothing by the secret itself.',
      ja: 'シークレットごとにSHA-256を保存し、届いた値をハッシュして照合します。256ビットの乱数なら、単純なダイジェストでも元に戻せません。シークレット自体をキーにしたキャッシュは作りません。',
    },
    async check(subject) {
      await expectStrangerRefused(subject)
      const keys = requireKeys(subject)
      const { heap } = await lookInside(subject)
      expect(
        heap.length === 0,
        'The secret lies in the memory of the server, after the request that brought it.',
      )
      const text = await readFile(keys.file, 'utf8')
      expect(
        !keys.grants.some((grant) => holds(text, grant.secret)),
        'The token file of the server holds a secret.',
      )
      await withFolder(async (folder) => {
        const file = join(folder, 'tokens.json')
        const minted = await mint(keys, file, ['guardcheck'])
        const [given = ''] = minted.secrets
        expect(
          given !== '' && !holds(minted.text, given),
          'The command writes the secret that it gives out into the token file.',
        )
      })
    },
  },
]

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

/** What people put where a secret belongs. */
const weakSecrets = [
  'changeme-your-token-here',
  'a'.repeat(64),
  '0123456789abcdef',
  'replace-me-with-a-long-random-string-000',
  '00000000-0000-4000-8000-000000000000',
]

const shortened = (text: string) =>
  text.length > 20 ? `${text.slice(0, 12)}…` : text

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

/** A checksum is made of what stands before it: no bit of it is random. */
function withoutChecksum(secret: string): string {
  const [, body = ''] = /^(.*)[\da-f]{8}$/.exec(secret) ?? []
  const checksum = crc32(body).toString(16).padStart(8, '0')
  return body !== '' && secret.endsWith(checksum) ? body : secret
}

/** The bits that texts of this kind can differ in, column by column. */
function bitsOf(texts: string[]): number {
  const length = Math.max(...texts.map((text) => text.length))
  let bits = 0
  for (let at = 0; at < length; at += 1) {
    bits += Math.log2(new Set(texts.map((text) => text[at])).size)
  }
  return bits
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
