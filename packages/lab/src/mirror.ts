// Lies in a copy of a step, beside its `tools.ts`, in the place of a tool: it
// answers with every string that can be reached from what it was given, and from the
// request that it was called by.
import { AsyncLocalStorage } from 'node:async_hooks'
import { IncomingMessage } from 'node:http'

/** The request that is being served, and its answer. */
export const served = new AsyncLocalStorage<object>()

/** A tool that answers with all that it is given. */
export function mirror(...given: unknown[]) {
  const text = stringsIn([given, served.getStore()]).join('\n')
  return { content: [{ type: 'text' as const, text }] }
}

/** Values that are looked at before it is enough. */
const most = 200_000

/** Every string within a value, whether its owner lists it or hides it. */
function stringsIn(root: unknown): string[] {
  const strings = new Set<string>()
  const seen = new Set<unknown>()
  const queue = [root]
  for (let at = 0; at < queue.length && at < most; at += 1) {
    const value = queue[at]
    if (typeof value === 'string') strings.add(value)
    if (Object(value) !== value || seen.has(value)) continue
    seen.add(value)
    if (ArrayBuffer.isView(value)) {
      strings.add(Buffer.from(value.buffer as ArrayBuffer).toString('latin1'))
      continue
    }
    if (value instanceof Map) queue.push(...value.keys(), ...value.values())
    if (value instanceof Set) queue.push(...value)
    if (value instanceof Headers) queue.push([...value].flat())
    if (value instanceof Request) queue.push(value.headers, value.url)
    // Express has a prototype of its own, which must not get any.
    if (
      value instanceof IncomingMessage &&
      Object.hasOwn(value, 'rawHeaders')
    ) {
      queue.push(value.headers, value.headersDistinct)
    }
    for (const key of Reflect.ownKeys(value as object)) {
      strings.add(key.toString())
      // No accessor is asked: on a prototype it would change all there are.
      queue.push(Object.getOwnPropertyDescriptor(value, key)?.value)
    }
  }
  return [...strings]
}
