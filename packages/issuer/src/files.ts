import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  type Stats,
} from 'node:fs'

/**
 * The text of a file.
 * @throws {Error} which calls the file by `name`
 */
export function readText(name: string, file: string): string {
  return read(name, file, () => {})
}

/**
 * The text of a file that no stranger may read.
 * @throws {Error} which calls the file by `name`, and says what to do
 */
export function readPrivate(name: string, file: string): string {
  return read(name, file, (stat) => {
    const problem =
      process.platform === 'win32'
        ? undefined
        : exposureOf(stat, process.geteuid?.() ?? 0)
    if (problem) throw new Error(`${name} ${problem}.`)
  })
}

/**
 * Why a file is no place for a secret, undefined where it is one: the rule of
 * PostgreSQL, which takes what Kubernetes, systemd, Debian and Docker mount.
 */
export function exposureOf(
  { uid, mode }: Pick<Stats, 'uid' | 'mode'>,
  self: number,
): string | undefined {
  if (uid === self) {
    return mode & 0o077
      ? 'names a file that others may read: chmod 600 it'
      : undefined
  }
  if (uid !== 0) {
    return 'names a file of another user: chown it to the user of this server, or to root'
  }
  return mode & 0o037
    ? "names root's file that others may read: chmod 640 it, and chgrp it to a group of this server's user"
    : undefined
}

/** What was looked at is what is read: a path can lead elsewhere meanwhile. */
function read(name: string, file: string, look: (stat: Stats) => void): string {
  let open: number
  try {
    open = openSync(file, 'r')
  } catch {
    throw new Error(`${name} names no file that can be read.`)
  }
  try {
    const stat = fstatSync(open)
    if (stat.isDirectory()) {
      throw new Error(`${name} names a directory, not a file.`)
    }
    look(stat)
    return decode(readFileSync(open))
  } finally {
    closeSync(open)
  }
}

/** Text as editors leave it, those of Windows too: byte order mark and CRLF. */
export function decode(bytes: Buffer): string {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe
  const text = new TextDecoder(wide ? 'utf-16le' : 'utf-8').decode(bytes)
  return text.replaceAll('\r\n', '\n')
}
