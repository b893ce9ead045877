import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readPrivate } from '../src/files.ts'

const home = mkdtempSync(join(tmpdir(), 'guard-up-files-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
chmodSync(home, 0o755)

let count = 0
function file(mode: number, content: string | Buffer = 'plain'): string {
  count += 1
  const path = join(home, `${count}`)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

const read = (path: string) => () => readPrivate('TOKENS_FILE', path)

test.each([0o600, 0o400])('our own file of mode %o is read', (mode) => {
  expect(read(file(mode))()).toBe('plain')
})

test.skipIf(process.platform === 'win32').each([0o640, 0o644, 0o604, 0o602])(
  'our own file of mode %o is refused, with what to do',
  (mode) => {
    expect(read(file(mode))).toThrow(
      /^TOKENS_FILE names a file that others may read: make it 0600, or root's and 0440\.$/,
    )
  },
)

test.each<[how: string, content: Buffer]>([
  ['a mark before it', Buffer.from('\uFEFFplain')],
  ['UTF-16', Buffer.from('\uFEFFplain', 'utf16le')],
])('a file with %s is read as what it says', (_how, content) => {
  expect(read(file(0o600, content))()).toBe('plain')
})

test('what is no file is told apart, without its content', () => {
  const folder = join(home, 'folder')
  mkdirSync(folder, { mode: 0o700 })
  const lost = join(home, 'lost')
  symlinkSync(join(home, 'nowhere'), lost)
  expect(read(join(home, 'nowhere'))).toThrow('TOKENS_FILE names no file.')
  expect(read(lost)).toThrow('TOKENS_FILE names no file.')
  expect(read(folder)).toThrow('TOKENS_FILE names a directory.')
})

// As root hands secrets over; whoever is not root cannot make such files.
const user = 1000
const other = 1001
test
  .skipIf(process.geteuid?.() !== 0)
  .each<[how: string, mode: number, uid: number, gid: number, isRead: boolean]>(
    [
      ['of a Secret with fsGroup', 0o440, 0, user, true],
      ['as /etc/ssl/private has them', 0o640, 0, user, true],
      ['for everyone, as Docker mounts them', 0o444, 0, 0, false],
      ['that its group may write', 0o660, 0, user, false],
      ['of our own', 0o600, user, user, true],
      ['of our own, and for our group', 0o640, user, user, false],
      ['of another user, and for our group', 0o440, other, user, false],
      ['of another user, for everyone', 0o444, other, other, false],
    ],
  )('of files %s', (_how, mode, uid, gid, isRead) => {
  const path = file(mode)
  chownSync(path, uid, gid)
  process.setegid?.(user)
  process.seteuid?.(user)
  try {
    if (isRead) expect(read(path)()).toBe('plain')
    else expect(read(path)).toThrow(/others may read/)
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
  }
})
