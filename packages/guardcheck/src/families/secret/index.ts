import type { Property } from '../../property.ts'
import { mintedEntropy } from './minted-entropy.ts'
import { noStartWeakSecret } from './no-start-weak-secret.ts'
import { noStartWithoutSecret } from './no-start-without-secret.ts'
import { secretFileConvention } from './secret-file-convention.ts'
import { secretFilePerms } from './secret-file-perms.ts'
import { secretHashedInStore } from './secret-hashed-in-store.ts'
import { secretNotInArgv } from './secret-not-in-argv.ts'
import { secretNotReachableByTools } from './secret-not-reachable-by-tools.ts'

/** Where secrets come from, where they lie, and who else can read them. */
export const secret: Property[] = [
  noStartWithoutSecret,
  noStartWeakSecret,
  mintedEntropy,
  secretNotInArgv,
  secretNotReachableByTools,
  secretFileConvention,
  secretFilePerms,
  secretHashedInStore,
]
