// The editor of the text of a draft: CodeMirror, in step with a session.

import { closeBrackets } from '@codemirror/autocomplete'
import {
  defaultKeymap,
  history,
  historyKeymap,
  indentWithTab,
  redo,
  redoDepth,
  undo,
  undoDepth,
} from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { bracketMatching, foldGutter, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { Annotation, Compartment, EditorState, Prec, Transaction } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { nonce } from '../csp.ts'
import { codeColours } from '../lib/code-colours.ts'
import type { Person } from './link.ts'
import { peopleGutter, setPeople } from './people-gutter.ts'
import { placeAt, positionOf } from './places.ts'
import type { DraftSession } from './session.ts'
import { type Step, type SyncState, isUnsaved } from './sync.ts'
import { diff, shrink } from './text-diff.ts'

/** Marks what comes from the server and not from this keyboard. */
const fromServer = Annotation.define<boolean>()
const PLACE_MS = 200

export interface TextView {
  /** Undoes or redoes typing that is not saved yet, else the last own change of the draft. */
  go: (way: Step) => void
  canGo: (way: Step) => boolean
  /** Goes to a line, counted from 1. */
  jump: (line: number, column: number) => void
  /** Moves the cursor to a stage without taking the focus, unless it is in that stage already. */
  show: (stage: string) => void
  focus: () => void
  destroy: () => void
}

const lineEndOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n')
const inEditor = (text: string): string => text.replaceAll(/\r\n?/g, '\n')

interface Options {
  session: DraftSession
  parent: HTMLElement
  label: string
  /** Ctrl+S. */
  onSave: () => void
  /** The cursor was moved to a stage, or out of all stages. */
  onStage?: (stage: string | null) => void
}

export function openTextView({ session, parent, label, onSave, onStage }: Options): TextView {
  const steps = new Compartment()
  /** What the editor has, with the file's own line ends. */
  let text = session.state().sync.doc
  /** The editor itself only knows one kind of line end. */
  let lineEnd = lineEndOf(text)
  let people: readonly Person[] = []
  /** The revision whose saving has ended what Ctrl+Z takes back letter by letter. */
  let settled = session.state().sync.base.revision
  let timer: ReturnType<typeof setTimeout> | undefined
  /** What was typed is being told: the editor changes nothing itself meanwhile. */
  let telling = false

  const go = (way: Step): boolean => {
    if (way === 'undo' && undoDepth(view.state) > 0) return undo(view)
    if (way === 'redo' && redoDepth(view.state) > 0) return redo(view)
    session.happen({ type: 'wanted', step: way })
    // It does not wait for a pause in typing.
    session.flush()
    return true
  }
  const tellPlace = () => {
    const place = placeAt(view.state, view.state.selection.main.head)
    session.moveTo(place)
    // Where the cursor is without the focus, nobody has put it.
    if (view.hasFocus) onStage?.(place.stage)
  }

  const view: EditorView = new EditorView({
    parent,
    state: EditorState.create({
      doc: inEditor(text),
      extensions: [
        EditorView.cspNonce.of(nonce),
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        Prec.highest(
          keymap.of([
            { key: 'Mod-s', run: () => (onSave(), true) },
            { key: 'Mod-z', run: () => go('undo'), preventDefault: true },
            { key: 'Mod-y', run: () => go('redo'), preventDefault: true },
            { key: 'Mod-Shift-z', run: () => go('redo'), preventDefault: true },
          ]),
        ),
        peopleGutter,
        lineNumbers(),
        foldGutter(),
        steps.of(history()),
        bracketMatching(),
        closeBrackets(),
        indentOnInput(),
        json(),
        syntaxHighlighting(codeColours),
        keymap.of([indentWithTab, ...defaultKeymap, ...historyKeymap]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) {
            text = update.state.doc.toString().replaceAll('\n', lineEnd)
            if (!update.transactions.some((each) => each.annotation(fromServer))) {
              telling = true
              session.happen({ type: 'typed', text })
              telling = false
            }
          }
          if (!update.docChanged && !update.selectionSet) return
          clearTimeout(timer)
          timer = setTimeout(tellPlace, PLACE_MS)
        }),
      ],
    }),
  })

  /** Ctrl+Z goes through what is not saved; what is saved is undone in the draft. */
  const forget = (sync: SyncState) => {
    if (isUnsaved(sync) || sync.flight || sync.base.revision === settled) return
    settled = sync.base.revision
    if (undoDepth(view.state) === 0 && redoDepth(view.state) === 0) return
    view.dispatch({ effects: steps.reconfigure([]) })
    view.dispatch({ effects: steps.reconfigure(history()) })
  }
  const follow = () => {
    if (telling) return
    const shown = session.state()
    if (shown.sync.doc !== text) {
      lineEnd = lineEndOf(shown.sync.doc)
      const before = view.state.doc.toString()
      const changes = shrink(before, diff(before, inEditor(shown.sync.doc)))
      view.dispatch({ changes, annotations: [fromServer.of(true), Transaction.addToHistory.of(false)] })
      text = shown.sync.doc
    }
    forget(shown.sync)
    if (shown.people !== people) {
      people = shown.people
      view.dispatch({ effects: setPeople.of(people) })
    }
  }
  const unsubscribe = session.subscribe(follow)
  follow()
  tellPlace()

  return {
    go: (way) => void go(way),
    canGo: (way) => {
      const { about } = session.state().sync
      return way === 'undo' ? undoDepth(view.state) > 0 || about.canUndo : redoDepth(view.state) > 0 || about.canRedo
    },
    jump: (number, column) => {
      const line = view.state.doc.line(Math.min(view.state.doc.lines, Math.max(1, number)))
      const anchor = Math.min(line.to, line.from + Math.max(0, column - 1))
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
      view.focus()
    },
    show: (stage) => {
      const { head } = view.state.selection.main
      if (placeAt(view.state, head).stage === stage) return
      const position = positionOf(view.state, { stage, field: null })
      if (position === undefined) return
      // Inside of its object, so that the cursor is at the stage.
      const anchor = Math.min(position + 1, view.state.doc.length)
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'start', yMargin: 40 }) })
    },
    focus: () => view.focus(),
    destroy: () => {
      clearTimeout(timer)
      unsubscribe()
      view.destroy()
    },
  }
}
