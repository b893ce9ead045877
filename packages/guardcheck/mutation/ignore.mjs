// What a sentence says is no behaviour: the text of an error, of a log line,
// and of what a library calls a mistake are left as they are.
const isText = (path) => path.isStringLiteral() || path.isTemplateLiteral()

const speaks = (path) => {
  const { node } = path
  if (node.type === 'NewExpression') {
    return /Error$|^JWT/.test(node.callee.name ?? node.callee.property?.name)
  }
  const { object, property, name } = node.callee ?? {}
  return (
    node.type === 'CallExpression' &&
    (name === 'refuse' ||
      (object?.name === 'log' && property?.name === 'error') ||
      object?.name === 'console')
  )
}

export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'sentences',
    value: {
      shouldIgnore(path) {
        if (!isText(path)) return undefined
        const parent = path.findParent(
          (it) => it.isNewExpression() || it.isCallExpression(),
        )
        return parent && speaks(parent)
          ? 'What a sentence says is no behaviour.'
          : undefined
      },
    },
  },
]
