import type { Property } from '../../property.ts'
import { certHotReload } from './cert-hot-reload.ts'
import { hsts } from './hsts.ts'
import { plainHttpDead } from './plain-http-dead.ts'
import { tls12Min } from './tls12-min.ts'

/** What nobody on the way can read, change or talk the client out of. */
export const tls: Property[] = [tls12Min, plainHttpDead, hsts, certHotReload]
