import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { copyCommit } from '../src/host/archive.ts'
import { root } from '../src/repository.ts'
import { createFolder } from './run.ts'

test('the copy that an archive is made of tells nothing of who made it', async () => {
  const folder = createFolder()
  const template = join(folder, 'template')
  mkdirSync(template)
  writeFileSync(join(template, 'a-note'), 'The maker wrote this.')
  const maker = { name: 'Maker Of Archives', email: 'maker@home.example' }
  for (const role of ['AUTHOR', 'COMMITTER']) {
    vi.stubEnv(`GIT_${role}_NAME`, maker.name)
    vi.stubEnv(`GIT_${role}_EMAIL`, maker.email)
  }
  // As the maker's own configuration of git might be.
  const settings = {
    'user.name': maker.name,
    'user.email': maker.email,
    'init.templateDir': template,
    'core.logAllRefUpdates': 'always',
    'commit.gpgSign': 'true',
  }
  vi.stubEnv('GIT_CONFIG_COUNT', `${Object.keys(settings).length}`)
  for (const [n, [key, value]] of Object.entries(settings).entries()) {
    vi.stubEnv(`GIT_CONFIG_KEY_${n}`, key)
    vi.stubEnv(`GIT_CONFIG_VALUE_${n}`, value)
  }
  const copy = join(folder, 'guard-up')
  try {
    await copyCommit(copy, new AbortController().signal)
  } finally {
    vi.unstubAllEnvs()
  }
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: copy, encoding: 'utf8' })
  const commit = git('cat-file', 'commit', 'HEAD')
  expect(commit).toMatch(/^author guard-up <guard-up@localhost> \d+ \+0000$/m)
  expect(commit).toMatch(/^committer guard-up <guard-up@localhost> \d+ \+/m)
  expect(git('status', '--porcelain')).toBe('')
  const files = readdirSync(join(copy, '.git'), {
    recursive: true,
    withFileTypes: true,
  }).filter((entry) => entry.isFile())
  expect(files.map(({ name }) => name)).not.toContain('a-note')
  const { username, homedir } = userInfo()
  const unsaid = [root.replace(/\/$/, ''), homedir, maker.name, maker.email]
  for (const { parentPath, name } of files) {
    // What is packed is what was committed; the text beside it is the clone's.
    const text = readFileSync(join(parentPath, name), 'latin1')
    for (const word of [...unsaid, `${username}@`]) {
      expect(text.includes(word), `${name} tells ${word}`).toBe(false)
    }
  }
  expect(readdirSync(join(copy, '.git'))).not.toContain('logs')
})
