// Run by broken.ts in a network of its own: judges one broken server there.
import { judgeBroken } from './broken.ts'

console.log(JSON.stringify(await judgeBroken(`${process.argv[2]}`)))
