import type { Property } from '../property.ts'

/** What the endpoint lets in before anyone asks who is calling. */
export const transport: Property[] = []
