import type { Attack } from './run.ts'
import { withToken } from './with-token.ts'
import { withoutToken } from './without-token.ts'

/** Every attack, in the order of the table. */
export const attacks: readonly Attack[] = [...withoutToken, ...withToken]
