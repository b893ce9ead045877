/**
 * Why what is installed from the npm registry is not there, to skip by and to
 * say; empty when it is. A machine may be without a network, but not the one
 * whose word counts: there a skip would hide that nothing was judged.
 * @throws {Error} the reason, where `CI` is set
 */
export async function whyMissing(
  what: string,
  install: Promise<unknown>,
): Promise<string> {
  try {
    await install
    return ''
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n')
    const why = `${what} cannot be installed: ${line}`
    if (process.env.CI) throw new Error(why)
    console.warn(`Skipped: ${why}`)
    return why
  }
}
