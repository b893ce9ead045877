// Run by broken.ts in a network of its own: judges one broken server there.
import { judgeBroken } from './broken.ts'

const [name, ...ids] = process.argv.slice(2)
const asked = ids.length > 0 ? ids : undefined
console.log(JSON.stringify(await judgeBroken(`${name}`, asked)))
