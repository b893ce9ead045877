import type { Property } from '../property.ts'

/** Session ids name a conversation; they are never a credential. */
export const session: Property[] = []
