import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { stepFolder } from '@guard-up/lab'
import { afterAll, beforeAll, expect, test } from 'vitest'

const cli = fileURLToPath(
  new URL('../../guardcheck/src/cli/main.ts', import.meta.url),
)
const lab = pathToFileURL(
  fileURLToPath(new URL('../../lab/src/tokens.ts', import.meta.url)),
).href

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'guard-up-hold-'))
})
afterAll(() => rm(home, { recursive: true }))

/** Runs the command with a module in its hand. */
async function run(text: string, ...args: string[]) {
  const module = join(home, 'keys.mjs')
  await writeFile(module, text)
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', cli, '--keys', module, ...args],
    { cwd: fileURLToPath(new URL('..', import.meta.url)) },
  )
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (piece) => {
      printed[name] += piece
    })
  }
  const status = await new Promise((resolve) => child.on('close', resolve))
  return { status, ...printed }
}

test('a hold on tokens, from a module, decides what needs one', async () => {
  const office = join(home, 'office')
  await mkdir(office)
  const file = join(home, 'tokens.json')
  const hold = `
    import { createKeys, createSecret, scopes } from '${lab}'
    const grants = ['alice', 'bob'].map((name) =>
      ({ name, secret: createSecret(), scopes }))
    const keys = createKeys('${file}', { grants })
    await keys.replace(keys.format(grants))
    export default keys
  `
  const start = `cd ${stepFolder(2)} && PORT=0 OFFICE_DIR=${office} MCP_TOKENS_FILE=${file} ${process.execPath} --import tsx src/main.ts`
  const asked = ['--only', 'rotation/rotation-overlap', '--format', 'json']
  const { status, stdout } = await run(hold, '--start', start, ...asked)
  const [{ verdict, why }] = JSON.parse(stdout).results
  expect({ verdict, why, status }).toEqual({
    verdict: 'holds',
    why: '',
    status: 0,
  })
})

test('a module without a hold is refused, by what it lacks', async () => {
  const url = 'http://127.0.0.1:9/mcp'
  const { status, stderr } = await run('export default { file: "a" }', url)
  expect(stderr).toBe(
    'guardcheck: The default export of the module that --keys names lacks variable, fileVariable, grants, createSecret, format, replace.\n',
  )
  expect(status).toBe(2)
})
