// The source, read-only, with the lines of the selected stage marked. Loaded on first use.

import { useEffect, useRef } from 'react'
import { json } from '@codemirror/lang-json'
import { bracketMatching, foldGutter, syntaxHighlighting } from '@codemirror/language'
import { EditorState, type Range, StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, keymap, lineNumbers } from '@codemirror/view'
import { nonce } from '../csp.ts'
import { codeColours } from '../lib/code-colours.ts'

export interface Mark {
  from: number
  to: number
  /** The column in the first line. */
  column?: number
  kind: 'stage' | 'problem'
}

const setMarks = StateEffect.define<readonly Mark[]>()
const looks = {
  stage: Decoration.line({ class: 'cm-stage-line' }),
  problem: Decoration.line({ class: 'cm-problem-line' }),
}

const place = Decoration.mark({ class: 'cm-problem-place' })
/** The token that begins there: a string, a bracket, a number or a word. */
const VALUE = /^(?:"(?:[^"\\]|\\.)*"|[[{]|[^\s,\]}]+)/

const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setMarks)) continue
      const { doc } = transaction.state
      const ranges: Range<Decoration>[] = []
      const lines = new Map<number, Mark['kind']>()
      for (const mark of effect.value) {
        for (let line = Math.max(1, mark.from); line <= Math.min(doc.lines, mark.to); line++)
          lines.set(line, lines.get(line) ?? mark.kind)
        if (mark.column === undefined || mark.from < 1 || mark.from > doc.lines) continue
        const line = doc.line(mark.from)
        const begin = Math.min(line.to, line.from + Math.max(0, mark.column - 1))
        const value = VALUE.exec(line.text.slice(begin - line.from))?.[0].length ?? 0
        if (value > 0) ranges.push(place.range(begin, begin + value))
      }
      for (const [line, kind] of lines) ranges.push(looks[kind].range(doc.line(line).from))
      return Decoration.set(ranges, true)
    }
    return before
  },
  provide: (field) => EditorView.decorations.from(field),
})

export function SourceView({ source, marked }: { source: string; marked: readonly Mark[] }) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  useEffect(() => {
    if (!host.current) return
    const made = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: source,
        extensions: [
          EditorView.cspNonce.of(nonce),
          EditorState.readOnly.of(true),
          EditorView.editable.of(false),
          EditorView.contentAttributes.of({
            'aria-label': 'Source of this version',
            tabindex: '0',
            role: 'textbox',
            'aria-readonly': 'true',
            'aria-multiline': 'true',
          }),
          lineNumbers(),
          foldGutter(),
          bracketMatching(),
          keymap.of([]),
          json(),
          syntaxHighlighting(codeColours),
          marks,
        ],
      }),
    })
    view.current = made
    return () => made.destroy()
  }, [source])
  useEffect(() => {
    const editor = view.current
    if (!editor) return
    const first = marked[0]
    const effects: StateEffect<unknown>[] = [setMarks.of(marked)]
    if (first) {
      const line = editor.state.doc.line(Math.min(editor.state.doc.lines, Math.max(1, first.from)))
      effects.push(EditorView.scrollIntoView(line.from, { y: 'start', yMargin: 24 }))
    }
    editor.dispatch({ effects })
  }, [marked, source])
  return <div ref={host} className="fm-code h-full overflow-hidden" />
}
