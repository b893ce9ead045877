import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../src/steps.ts'

/** A kind of thing that may be added, and one of it that is there. */
export interface Sample {
  kind: string
  name: string
  /** Every file or folder that knows it, from the root. */
  places: string[]
}

/** What CONTRIBUTING.md says under "Where a new thing goes". */
export function readMap(): Sample[] {
  const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
  const [, section = ''] =
    /^## Where a new thing goes$([\s\S]*?)^## /m.exec(text) ?? []
  return section
    .split(/^- \*\*an? /im)
    .slice(1)
    .map((item) => {
      const [kind = ''] = item.split('*')
      const [name = '', ...spans] = [...item.matchAll(/`([^`]+)`/g)].map(
        ([, span = '']) => span,
      )
      const places = spans.filter((span) =>
        /^package\.json$|^\w+\/\S+$/.test(span),
      )
      return { kind, name, places }
    })
}
