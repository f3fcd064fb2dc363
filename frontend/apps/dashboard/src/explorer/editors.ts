// The three editors of the page: the operation, its variables and the response.

import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { bracketMatching, foldGutter, syntaxHighlighting } from '@codemirror/language'
import { EditorState, type Extension, Prec } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { graphql } from 'cm6-graphql'
import { nonce } from '../csp.ts'
import { codeColours } from '../lib/code-colours.ts'

function editor(host: string, label: string, doc: string, extensions: Extension[]): EditorView {
  return new EditorView({
    parent: document.getElementById(host) ?? document.body,
    state: EditorState.create({
      doc,
      extensions: [
        EditorView.cspNonce.of(nonce),
        EditorView.contentAttributes.of({ 'aria-label': label }),
        bracketMatching(),
        syntaxHighlighting(codeColours),
        ...extensions,
      ],
    }),
  })
}

const writing = (send: () => void): Extension[] => [
  // Takes precedence over the editor's own Ctrl+Enter, which inserts a line.
  Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => (send(), true) }])),
  history(),
  closeBrackets(),
  autocompletion(),
  keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
]

export const queryEditor = (doc: string, send: () => void) =>
  editor('query', 'Operation', doc, [lineNumbers(), foldGutter(), ...writing(send), graphql()])

export const variablesEditor = (doc: string, send: () => void) =>
  editor('variables', 'Variables', doc, [...writing(send), json()])

export const answerEditor = () =>
  editor('answer', 'Response', '', [
    EditorState.readOnly.of(true),
    // Makes a long response scrollable by keyboard.
    EditorView.contentAttributes.of({ tabindex: '0' }),
    foldGutter(),
    EditorView.lineWrapping,
    keymap.of(defaultKeymap),
    json(),
  ])

export function show(view: EditorView, text: string) {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
}
