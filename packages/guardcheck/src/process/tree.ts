import { readdir, readFile } from 'node:fs/promises'

/** A process and all below it, by their ids; Linux only. */
export async function listTree(pid: number): Promise<number[]> {
  const children = new Map<number, number[]>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    // The name of the program stands in parentheses, and may hold any of them.
    const [, parent] = /\) \S (\d+)[^)]*$/.exec(stat) ?? []
    if (!parent) continue
    const siblings = children.get(Number(parent)) ?? []
    children.set(Number(parent), [...siblings, Number(name)])
  }
  const tree = [pid]
  for (const member of tree) tree.push(...(children.get(member) ?? []))
  return tree
}

/** What `/proc` says of each process of a tree: `cmdline` or `environ`. */
export async function readTree(
  pid: number,
  file: 'cmdline' | 'environ',
): Promise<string> {
  const tree = await listTree(pid)
  const texts = tree.map((member) =>
    readFile(`/proc/${member}/${file}`, 'utf8').catch(() => ''),
  )
  return (await Promise.all(texts)).join('\0')
}
