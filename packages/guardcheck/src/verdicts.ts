/** The server did what the property rules out. */
export class Violation extends Error {
  override name = 'Violation'
}

/** Nothing could be decided, and why; never a pass. */
export class NotApplicable extends Error {
  override name = 'NotApplicable'
}

/** Asserts what the server must have done; `why` says what it did instead. */
export function expect(holds: boolean, why: string): asserts holds {
  if (!holds) throw new Violation(why)
}
