import { constants } from 'node:fs'
import { type FileHandle, open, readdir, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OfficeError, quote } from './refusal.ts'

const documents = fileURLToPath(new URL('../data/documents', import.meta.url))
const maxBytes = 256 * 1024
const hint = 'read "." for the list'

/** Reads one document and never leaves its folder; '' or '.' lists them all. */
export async function readDocument(
  path: string,
  folder = documents,
): Promise<string> {
  refuseSpelling(path)
  const root = await realpath(folder)
  if (resolve(root, path) === root) return listDocuments(root)
  const file = await openInside(root, path)
  try {
    return await readText(file, path)
  } finally {
    await file.close()
  }
}

/** Refuses what no document is called, before the file system sees it. */
function refuseSpelling(path: string): void {
  const name = quote(path)
  if (path.includes('\0')) {
    throw new OfficeError(`The path ${name} has a NUL in it.`)
  }
  if (path.includes('\\')) {
    throw new OfficeError(`The path ${name} has a backslash: use "/".`)
  }
  if (isAbsolute(path)) {
    throw new OfficeError(`The path ${name} is absolute: ${hint}.`)
  }
  if (path.split('/').includes('..')) {
    throw new OfficeError(`The path ${name} leads upwards: ${hint}.`)
  }
}

async function openInside(root: string, path: string): Promise<FileHandle> {
  const real = await realpath(resolve(root, path)).catch(() => undefined)
  if (real === undefined) {
    throw new OfficeError(`There is no document ${quote(path)}: ${hint}.`)
  }
  if (!real.startsWith(root + sep)) {
    throw new OfficeError(`The path ${quote(path)} leads outside: ${hint}.`)
  }
  // Without NONBLOCK, opening a named pipe would wait for a writer for ever;
  // Windows has neither flag.
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  try {
    return await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch {
    throw new OfficeError(`The document ${quote(path)} could not be opened.`)
  }
}

async function readText(file: FileHandle, path: string): Promise<string> {
  const status = await file.stat()
  if (!status.isFile()) {
    throw new OfficeError(`The path ${quote(path)} is not a document: ${hint}.`)
  }
  // One byte more than allowed, so that a file that grows is still noticed.
  const buffer = Buffer.alloc(maxBytes + 1)
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
  if (bytesRead > maxBytes) {
    throw new OfficeError(`The document ${quote(path)} is over 256 KiB.`)
  }
  try {
    const utf8 = new TextDecoder('utf-8', { fatal: true })
    return utf8.decode(buffer.subarray(0, bytesRead))
  } catch {
    throw new OfficeError(`The document ${quote(path)} is not UTF-8 text.`)
  }
}

/** The path of every document, one a line; links are not listed. */
async function listDocuments(root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .map((path) => path.replaceAll(sep, '/'))
    .sort()
    .join('\n')
}
