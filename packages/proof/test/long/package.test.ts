// What is published, packed and installed into an empty folder: somebody
// else's project, which has none of this repository.
import { type ExecFileException, execFile, spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  findPort,
  type StartedSubject,
  startSubject,
  stepFolder,
} from '@guard-up/lab'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { catalogue } from '../../../guardcheck/src/catalogue.ts'
import { isListening } from '../../../guardcheck/src/process/start.ts'

const own = fileURLToPath(new URL('../../../guardcheck', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'guard-up-package-'))
const project = join(home, 'project')
const cli = join(project, 'node_modules/guardcheck/dist/cli/main.js')
const npx = ['--prefer-offline', '-y']

/** What this repository sets up for its own tests is not there. */
const { NODE_OPTIONS: _, NODE_EXTRA_CA_CERTS: __, ...plain } = process.env

interface Ran {
  status: number
  out: string
  err: string
}

/** Runs a program in the project, and never throws for how it ended. */
async function run(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  const options = { cwd: project, env: { ...plain, ...env }, timeout: 120_000 }
  return promisify(execFile)(program, args, options).then(
    ({ stdout, stderr }) => ({ status: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }: ExecFileException) => ({
      status: Number(code ?? -1),
      out: `${stdout}`,
      err: `${stderr}`,
    }),
  )
}

let step1: StartedSubject
let env: Record<string, string>
beforeAll(async () => {
  step1 = await startSubject(stepFolder(1))
  const { url, token = '' } = step1.options
  env = { MCP_URL: url.href, MCP_TOKEN: token }
  const pnpm = [...npx, 'pnpm@12.21.0', 'pack', '--pack-destination', home]
  await promisify(execFile)('npx', pnpm, { cwd: own, timeout: 120_000 })
  cpSync(join(own, 'examples'), project, { recursive: true })
  const { version } = JSON.parse(
    readFileSync(join(own, 'package.json'), 'utf8'),
  )
  const manifest = { name: 'project', private: true, type: 'module' }
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest))
  const tarball = join(home, `guardcheck-${version}.tgz`)
  const installed = await run('npm', [
    ...['install', '--prefer-offline', '--no-audit', '--no-fund'],
    tarball,
  ])
  expect(installed).toMatchObject({ status: 0 })
  // As if the project had them already.
  const resolve = createRequire(import.meta.url).resolve
  for (const name of ['vitest', 'typescript']) {
    const folder = dirname(resolve(`${name}/package.json`))
    symlinkSync(folder, join(project, 'node_modules', name), 'junction')
  }
})
afterAll(async () => {
  await step1?.stop()
  rmSync(home, { recursive: true, force: true })
})

describe('the command', () => {
  test('is there for npx, and lists what it judges', async () => {
    const help = await run('npx', ['guardcheck', '--help'])
    expect(help).toMatchObject({ status: 0 })
    expect(help.out).toContain('Exit status: 0')
    const list = await run('npx', ['guardcheck', 'list', '--format', 'json'])
    expect(JSON.parse(list.out)).toHaveLength(catalogue.length)
  })

  test('judges a server, and writes every kind of report', async () => {
    const start = performance.now()
    const { status, out } = await run(
      'npx',
      [
        ...['guardcheck', env.MCP_URL ?? '', '--token-env', 'MCP_TOKEN'],
        ...['--format', 'json', '--step', '2', '--client', 'all'],
        ...['--report', 'html=guard.html', '--report', 'sarif=guard.sarif'],
        ...['--report', 'junit=guard.xml', '--lang', 'ja'],
      ],
      env,
    )
    console.log(`A verdict in ${Math.round(performance.now() - start)} ms.`)
    expect(JSON.parse(out)).toMatchObject({ schema: 1, level: 2, open: false })
    expect(status).toBe(0)
    for (const file of ['guard.html', 'guard.sarif', 'guard.xml']) {
      const text = readFileSync(join(project, file), 'utf8')
      expect(text).toContain('bearer/')
      expect(text).not.toContain(env.MCP_TOKEN)
    }
  })

  test('starts a server and sees into it', async () => {
    const port = await findPort()
    const { out } = await run(
      'npx',
      [
        ...['guardcheck', `http://127.0.0.1:${port}/mcp`],
        ...['--start', `exec node ${JSON.stringify(join(home, 'open.mjs'))}`],
        ...['--only', 'transport/bind-loopback-default'],
        ...['--only', 'bearer/no-token-leak', '--format', 'json'],
      ],
      writeOpenServer(port),
    )
    expect(JSON.parse(out)).toMatchObject({ open: true })
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'on %s it ends what it started and leaves nothing listening',
    async (signal) => {
      const port = await findPort()
      const url = new URL(`http://127.0.0.1:${port}/mcp`)
      const start = `exec node ${JSON.stringify(join(home, 'open.mjs'))}`
      const child = spawn(process.execPath, [cli, url.href, '--start', start], {
        cwd: project,
        env: { ...plain, ...writeOpenServer(port) },
      })
      const ended = new Promise<number | null>((resolve) => {
        child.once('close', (code) => resolve(code))
      })
      const announced = new Promise<void>((resolve) => {
        child.stderr.on('data', (text) => {
          if (`${text}`.includes('Judging')) resolve()
        })
      })
      await Promise.race([announced, ended])
      expect(await isListening(url)).toBe(true)
      child.kill(signal)
      expect(await ended).toBe(130)
      expect(await isListening(url)).toBe(false)
    },
  )
})

describe('the library', () => {
  test('check and writeReport, as the example has them', async () => {
    const { status, out, err } = await run('node', ['check.mjs'], env)
    expect({ status, out, err }).toEqual({
      status: 0,
      out: 'Level 2\n',
      err: '',
    })
    expect(readFileSync(join(project, 'guard.html'), 'utf8')).toContain(
      '<!doctype html>',
    )
  })

  test('one test for each property with node:test', async () => {
    const { status, out } = await run(
      'node',
      ['--test', '--test-reporter=tap', 'guard.test.mjs'],
      env,
    )
    expect(out).toMatch(/# pass [1-9]/)
    expect(out).toMatch(/# SKIP It needs a hold on the process/)
    expect(status).toBe(0)
    const wrong = await run('node', ['--test', 'guard.test.mjs'], {
      ...env,
      MCP_TOKEN: 'a-token-that-is-not-the-right-one',
    })
    expect(wrong.out).toContain('does not take the token that was given')
    expect(wrong.status).toBe(1)
  })

  test('one test for each property with vitest', async () => {
    const { out, status } = await run(
      'node',
      ['node_modules/vitest/vitest.mjs', 'run', 'vitest.test.ts'],
      { ...env, NO_COLOR: '1' },
    )
    expect(out).toMatch(/\d+ passed/)
    expect(out).toMatch(/\d+ skipped/)
    expect(status).toBe(0)
  })

  test('has types that a strict compiler takes', async () => {
    writeFileSync(
      join(project, 'typed.ts'),
      `import { check, type Report, writeReport } from 'guardcheck'
const report: Report = await check('http://127.0.0.1:1/mcp', { step: 2 })
const level: -1 | 0 | 1 | 2 | 3 = report.level
console.log(level, writeReport('sarif', report, { source: 'a.ts' }))
// @ts-expect-error There is no such step.
await check('http://127.0.0.1:1/mcp', { step: 4 })
`,
    )
    const node = dirname(
      createRequire(import.meta.url).resolve('@types/node/package.json'),
    )
    const { out, status } = await run('node', [
      ...['node_modules/typescript/bin/tsc', '--noEmit', '--strict'],
      ...['--module', 'nodenext', '--target', 'es2023'],
      ...['--types', node, 'typed.ts'],
    ])
    expect(out).toBe('')
    expect(status).toBe(0)
  })
})

describe('before a deployment', () => {
  const [bash] = ['/bin/bash', '/usr/bin/bash'].filter(existsSync)

  test.skipIf(!bash)('the script stops a server that is open', async () => {
    const port = await findPort()
    const open = writeOpenServer(port)
    const { status, out } = await run('sh', ['pre-deploy.sh'], {
      ...open,
      MCP_START: `exec node ${JSON.stringify(join(home, 'open.mjs'))}`,
      MCP_TOKEN: 'a-token-that-nobody-asks-for',
    })
    expect(status).toBe(1)
    expect(out).not.toContain('The guard holds.')
  })

  test.skipIf(!bash)('the action says where its reports are', async () => {
    const { runs } = parse(readFileSync(join(own, 'action.yml'), 'utf8'))
    const [{ run: script }] = runs.steps
    const output = join(home, 'output')
    writeFileSync(output, '')
    const { status } = await run('bash', ['-ec', script], {
      GITHUB_OUTPUT: output,
      GUARD_URL: env.MCP_URL,
      GUARD_TOKEN: env.MCP_TOKEN,
      GUARD_START: '',
      GUARD_STEP: '2',
      GUARD_SOURCE: 'src/server.ts',
      GUARD_LANG: 'en',
      GUARD_FOLDER: 'guard-report',
      GUARD_PACKAGE: 'guardcheck',
    })
    expect(status).toBe(0)
    const files = readFileSync(output, 'utf8').trim().split('\n')
    expect(files).toHaveLength(3)
    for (const file of files.map((line) => line.split('=')[1] ?? '')) {
      expect(existsSync(join(project, file))).toBe(true)
    }
  })

  test.each(['action.yml', 'examples/github-actions.yml'])(
    '%s keeps to its schema',
    async (file) => {
      const validator = [...npx, '@action-validator/cli@0.6.0']
      const { status, out, err } = await run('npx', [
        ...validator,
        join(own, file),
      ])
      expect({ status, out, err }).toMatchObject({ status: 0 })
    },
  )
})

describe('SARIF', () => {
  test('is valid by the official schema, in the eyes of its own validator', async () => {
    const { url, token } = step1.options
    const sarif = join(project, 'all.sarif')
    await run('npx', ['guardcheck', url.href, '--report', `sarif=${sarif}`], {
      MCP_TOKEN: token,
    })
    const tools = mkdtempSync(join(home, 'sarif-'))
    await promisify(execFile)(
      'npm',
      [
        ...['install', '--prefer-offline', '--no-audit', '--no-fund'],
        ...['--ignore-scripts', '@microsoft/sarif-multitool@5.7.0'],
      ],
      { cwd: tools, timeout: 200_000 },
    )
    const tool = join(
      tools,
      `node_modules/@microsoft/sarif-multitool-${process.platform}/Sarif.Multitool`,
    )
    chmodSync(tool, 0o755)
    const validate = (file: string) =>
      run(tool, ['validate', file], {
        DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1',
      })
    const { out } = await validate(sarif)
    expect(out).toContain('Analysis completed successfully.')
    expect(out).not.toMatch(/error (JSON|SARIF)\d+/)
    const log = JSON.parse(readFileSync(sarif, 'utf8'))
    expect(log.runs[0].results.length).toBeGreaterThan(0)
    log.runs[0].nonsense = true
    writeFileSync(sarif, JSON.stringify(log))
    expect((await validate(sarif)).out).toMatch(/error JSON\d+/)
  })
})

/** Writes a server that lets everybody in; it takes its port from `PORT`. */
function writeOpenServer(port: number): Record<string, string> {
  writeFileSync(
    join(home, 'open.mjs'),
    `import { createServer } from 'node:http'
const result = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'open', version: '1.0.0' },
  tools: [],
}
createServer(async (req, res) => {
  let body = ''
  for await (const chunk of req) body += chunk
  if (req.method !== 'POST') return res.writeHead(405, { allow: 'POST' }).end()
  const { id } = JSON.parse(body || '{}')
  if (id === undefined) return res.writeHead(202).end()
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
}).listen(process.env.PORT, '127.0.0.1', () => {
  console.log(\`http://127.0.0.1:\${process.env.PORT}/mcp\`)
})
`,
  )
  return { PORT: `${port}` }
}
