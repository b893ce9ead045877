// Builds what is published: plain JavaScript, its types, and the file that
// is loaded into servers that guardcheck starts.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

process.chdir(import.meta.dirname)
rmSync('dist', { recursive: true, force: true })
const manifest = createRequire(import.meta.url).resolve(
  'typescript/package.json',
)
const compiler = join(dirname(manifest), 'bin/tsc')
execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
})
copyFileSync('src/process/spy.mjs', 'dist/process/spy.mjs')
chmodSync('dist/cli/main.js', 0o755)
