import * as fs from 'node:fs'
import { log } from './audit.ts'

/** Reloads a changed file within a second, at once on SIGHUP. */
export function follow(file: string, reload: () => void): void {
  const attempt = () => {
    try {
      reload()
    } catch (error) {
      log.error(`${(error as Error).message} What was read before stays.`)
    }
  }
  process.on('SIGHUP', attempt)
  // Looks at what the path leads to, through renames and swapped symlinks.
  fs.watchFile(file, { interval: 500, persistent: false }, attempt)
}

/** The text of a file of ours, or of root's, that nobody else may read. */
export function readPrivate(variable: string, file: string): string {
  let fault = "a file that others may read: make it 0600, or root's and 0440"
  let opened: number | undefined
  try {
    opened = fs.openSync(file, 'r')
    const stat = fs.fstatSync(opened)
    if (stat.isDirectory()) fault = 'a directory'
    else if (!isShared(stat)) return decode(fs.readFileSync(opened))
  } catch {
    fault = fs.existsSync(file) ? 'a file that cannot be read' : 'no file'
  } finally {
    if (opened) fs.closeSync(opened)
  }
  throw new Error(`${variable} names ${fault}.`)
}

/** Root may let a group read: so Kubernetes and systemd hand secrets over. */
function isShared({ uid, mode }: fs.Stats): boolean {
  const others = uid === process.geteuid?.() ? 0o077 : uid ? ~0 : 0o037
  return process.platform !== 'win32' && (mode & others) > 0
}

/** Windows puts a mark before UTF-8, and some of its shells write UTF-16. */
const decode = (bytes: Buffer) =>
  new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : 'utf-8').decode(bytes)
