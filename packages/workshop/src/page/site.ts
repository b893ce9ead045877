import { buildSite } from './publish.ts'

await buildSite()
