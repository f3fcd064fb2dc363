// Where in the text a stage or a field is, and which one is at a position. It reads the editor's own syntax tree of
// JSON, which also exists while the text is not complete.

import { ensureSyntaxTree, syntaxTree } from '@codemirror/language'
import type { EditorState } from '@codemirror/state'
import type { Whereabouts } from './link.ts'

/** A node of the tree; only what is used of it. */
interface TreeNode {
  name: string
  from: number
  to: number
  parent: TreeNode | null
  firstChild: TreeNode | null
  lastChild: TreeNode | null
  nextSibling: TreeNode | null
}

/** The longest time to read what of the text was not read yet. */
const READING_MS = 20

const NOWHERE: Whereabouts = { stage: null, field: null }

/** The stage and the field that a position is in. */
export function placeAt(state: EditorState, position: number): Whereabouts {
  const path: string[] = []
  let inner: TreeNode | null = syntaxTree(state).resolveInner(position, -1)
  for (; inner; inner = inner.parent) {
    if (inner.name === 'Object' && isStage(state, inner)) return { stage: idOf(state, inner), field: fieldOf(path) }
    if (inner.name === 'Property') path.unshift(keyOf(state, inner))
  }
  return path.length > 0 ? { stage: null, field: fieldOf(path) } : NOWHERE
}

/** The position of a stage or field; undefined if it is not in the text, or not read yet. */
export function positionOf(state: EditorState, { stage, field }: Whereabouts): number | undefined {
  const tree = ensureSyntaxTree(state, state.doc.length, READING_MS) ?? syntaxTree(state)
  const top = childrenOf(tree.topNode, 'Object')[0]
  if (!top || (stage === null && field === null)) return undefined
  let found: TreeNode | undefined = top
  if (stage !== null) {
    const list = valueOf(state, top, 'stages')
    found = list && childrenOf(list, 'Object').find((each) => idOf(state, each) === stage)
    if (!found) return undefined
  }
  let position = found.from
  for (const key of field?.split('.') ?? []) {
    const property: TreeNode | undefined = found && propertyOf(state, found, key)
    if (!property) break
    position = property.from
    found = property.lastChild ?? undefined
  }
  return position
}

const fieldOf = (path: readonly string[]): string | null => (path.length > 0 ? path.join('.').slice(0, 500) : null)

function childrenOf(node: TreeNode, name: string): TreeNode[] {
  const found: TreeNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) if (child.name === name) found.push(child)
  return found
}

const propertyOf = (state: EditorState, object: TreeNode, key: string): TreeNode | undefined =>
  childrenOf(object, 'Property').find((each) => keyOf(state, each) === key)

const valueOf = (state: EditorState, object: TreeNode, key: string): TreeNode | undefined =>
  propertyOf(state, object, key)?.lastChild ?? undefined

const keyOf = (state: EditorState, property: TreeNode): string => {
  const name = property.firstChild
  return name ? textOf(state, name) : ''
}

/** The text of a string; of one with escapes that cannot be read, its letters. */
function textOf(state: EditorState, { from, to }: TreeNode): string {
  const text = state.sliceDoc(from, to)
  try {
    return String(JSON.parse(text))
  } catch {
    return text.replaceAll('"', '')
  }
}

function idOf(state: EditorState, object: TreeNode): string | null {
  const value = valueOf(state, object, 'id')
  return value?.name === 'String' ? textOf(state, value) : null
}

/** Whether an object is an item of the list of stages of the file. */
function isStage(state: EditorState, object: TreeNode): boolean {
  const list = object.parent
  const property = list?.name === 'Array' ? list.parent : null
  if (property?.name !== 'Property' || keyOf(state, property) !== 'stages') return false
  return property.parent?.parent?.parent === null
}
