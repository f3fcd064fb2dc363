// The card of a stage, 196 × 54: status bar on the left, the component's icon, id above component, status icon above
// the current figure. A foreach has a strip of cells below.

import { memo, useContext, useEffect, useRef } from 'react'
import { StatusIcon, cx, formatDuration, statusBar, statusWord, useNow } from '@flowmason/ui'
import { useStore } from 'zustand'
import { type Rect, STAGE_H, STAGE_W } from './arrange.ts'
import { CanvasContext } from './context.ts'
import { EditContext, NO_EDIT } from './edit-context.ts'
import { type StageFace, squeezeCells } from './faces.ts'
import { ComponentIcon } from './icons.ts'
import { type CanvasStage, entryOf } from './model.ts'

const still: StageFace = { status: 'idle' }
const CELLS = 28

export const StageNode = memo(function StageNode({ stage, place }: { stage: CanvasStage; place: Rect }) {
  const { store, live, many, keys, onSelect } = useContext(CanvasContext)
  const face = useStore(store, ({ faces }) => entryOf(faces, stage.id)) ?? still
  const editor = useContext(EditContext)
  const edit = editor ?? NO_EDIT
  const picked = useStore(edit.store, (state) => state.picked.has(stage.id))
  const focused = useStore(edit.store, (state) => state.focus === stage.id)
  const card = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!focused) return
    card.current?.focus()
    edit.store.setState({ focus: null })
  }, [focused, edit])
  const chosen = useStore(store, (state) => state.selected === stage.id)
  const selected = chosen || picked
  const stop = useStore(store, (state) => many || state.stop === stage.id)
  const faded = live && (face.status === 'skipped' || face.status === 'idle')
  const shown = live || face.status !== 'idle'
  return (
    <div className={cx('absolute', editor && 'fm-editable')} style={{ left: place.x, top: place.y }}>
      <button
        ref={card}
        type="button"
        data-stage={stage.id}
        data-status={face.status}
        data-mark={face.mark}
        aria-pressed={selected}
        aria-describedby={keys}
        tabIndex={stop ? 0 : -1}
        onFocus={() => store.setState({ stop: stage.id })}
        onClick={(event) => {
          if (editor) editor.onPick(stage.id, event.shiftKey)
          else onSelect(selected ? null : stage.id)
        }}
        onDoubleClick={editor && (() => editor.onRenameStart(stage.id))}
        style={{ width: STAGE_W, height: STAGE_H }}
        className={cx(
          'fm-card relative flex items-center gap-2.5 overflow-hidden rounded-stage border bg-panel pr-3 pl-3.5 text-left',
          'transition-[border-color,opacity,box-shadow] duration-140 hover:border-faint',
          selected ? 'border-copper shadow-[0_0_0_1px_var(--copper)]' : 'border-line2',
          face.status === 'skipped' && 'border-dashed',
        )}
      >
        <span
          className={cx(
            'absolute inset-y-2 left-0 w-[3px] rounded-r-full',
            shown ? statusBar(face.status) : 'bg-line2',
          )}
        />
        <ComponentIcon
          component={stage.component}
          size={16}
          className={cx('fm-icon shrink-0 text-muted', faded && 'opacity-60')}
          aria-hidden="true"
        />
        <span className="min-w-0 flex-1">
          <span className="flex items-center gap-2">
            <span
              className={cx(
                'fm-name min-w-0 flex-1 truncate text-xs font-semibold',
                faded ? 'text-muted' : 'text-text',
              )}
            >
              {stage.id}
            </span>
            {shown && (
              <>
                <span className="sr-only">{face.word ?? statusWord(face.status).toLowerCase()}</span>
                <StatusIcon
                  status={face.status}
                  size={14}
                  className={cx('fm-state shrink-0', face.status === 'idle' && 'opacity-50')}
                />
              </>
            )}
            {face.mark && (
              <>
                <span className="sr-only">{face.word}</span>
                {face.sign}
              </>
            )}
          </span>
          <span className="fm-detail flex items-baseline gap-2 text-2xs text-muted">
            <span className="min-w-0 flex-1 truncate">{stage.component}</span>
            {(shown || face.mark) && (
              <span className="tnum shrink-0">
                <Figure face={face} />
              </span>
            )}
          </span>
        </span>
      </button>
      {editor && <editor.parts.Card stage={stage.id} edit={editor} />}
      {face.cells && face.cells.length > 0 && (
        <div style={{ width: STAGE_W }} className="pt-1.5" aria-hidden="true">
          <div className="flex h-2.5 gap-[2px]">
            {squeezeCells(face.cells, CELLS).map((status, index) => (
              <span
                key={index}
                className={cx(
                  'min-w-0 max-w-3 flex-1 rounded-[2px]',
                  status === 'idle' ? 'bg-line' : statusBar(status),
                )}
              />
            ))}
          </div>
          {face.note && <div className="truncate pt-1 text-2xs text-muted">{face.note}</div>}
        </div>
      )}
    </div>
  )
})

function Figure({ face }: { face: StageFace }) {
  if (face.figure !== undefined) return face.figure
  if (face.until !== undefined) return <Counting until={face.until} />
  if (face.since !== undefined) return <Counting since={face.since} />
  return ' '
}

function Counting({ since, until }: { since?: number; until?: number }) {
  const now = useNow(true)
  if (until !== undefined)
    return `in ${formatDuration(Math.ceil(Math.max(0, until - now) / 1000) * 1000).replace('.0', '')}`
  return formatDuration(now - (since ?? now))
}
