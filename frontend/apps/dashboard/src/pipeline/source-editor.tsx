// The editor of the source: Ctrl+S saves the next version. Loaded on first use.

import { useEffect, useRef, useState } from 'react'
import { closeBrackets } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { bracketMatching, foldGutter, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { EditorState, Prec } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { Button, Kbd } from '@flowmason/ui'
import { nonce } from '../csp.ts'
import { codeColours } from '../lib/code-colours.ts'
import { modKey } from '../shell/hotkeys.ts'

export interface SourceEditorProps {
  source: string
  /** What the text is saved as, such as "version 3". */
  next: string
  busy: boolean
  onSave: (text: string) => void
  onClose: () => void
}

export function SourceEditor({ source, next, busy, onSave, onClose }: SourceEditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const [changed, setChanged] = useState(false)
  const first = useRef(source)
  const save = () => {
    const text = view.current?.state.doc.toString()
    if (text !== undefined && text !== first.current) onSave(text)
  }
  const latest = useRef(save)
  useEffect(() => {
    latest.current = save
  })
  useEffect(() => {
    if (!host.current) return
    const made = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          EditorView.cspNonce.of(nonce),
          EditorView.contentAttributes.of({ 'aria-label': 'Source of the next version' }),
          Prec.highest(keymap.of([{ key: 'Mod-s', run: () => (latest.current(), true) }])),
          lineNumbers(),
          foldGutter(),
          history(),
          bracketMatching(),
          closeBrackets(),
          indentOnInput(),
          json(),
          syntaxHighlighting(codeColours),
          keymap.of([indentWithTab, ...defaultKeymap, ...historyKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) setChanged(update.state.doc.toString() !== first.current)
          }),
        ],
      }),
    })
    view.current = made
    made.focus()
    return () => made.destroy()
  }, [])
  useEffect(() => {
    if (!changed) return
    // The browser asks before unsaved changes are lost.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [changed])
  return (
    <div className="flex h-full flex-col">
      <div ref={host} className="fm-code min-h-0 flex-1 overflow-auto" data-testid="source-editor" />
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line px-4 py-2">
        <span className="min-w-0 flex-1 text-xs text-muted max-sm:hidden">
          {changed ? `Not saved yet. It becomes ${next}.` : 'No changes.'} Esc, then Tab leaves the editor.
        </span>
        <Button variant="quiet" onClick={onClose}>
          {changed ? 'Discard' : 'Close'}
        </Button>
        <Button variant="primary" busy={busy} disabled={!changed} onClick={save}>
          Save as {next}
          <Kbd className="ml-0.5 max-md:hidden">{modKey} S</Kbd>
        </Button>
      </div>
    </div>
  )
}
