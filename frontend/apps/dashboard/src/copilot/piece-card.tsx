// One piece of a proposal: what it changes, what a run does differently, what the model says about it, and the decision.

import { useMemo, useState } from 'react'
import { CircleCheck, CircleX, Eye, TriangleAlert } from 'lucide-react'
import { Button, Note, Ticked } from '@flowmason/ui'
import { ChangeList } from '../comparing/change-list.tsx'
import { changesOf, countWords } from '../comparing/changes.ts'
import { Tried } from './checks.tsx'
import { ClaimList } from './claims.tsx'
import { type Acceptance, type PieceState, needsLook, stateOf } from './exchanges.ts'
import type { Exchanges, ExchangeEntry } from './exchanges.ts'
import { type CopilotStore, NOTHING_POINTED } from './copilot-store.ts'
import type { Piece } from './link.ts'
import { pointedOf } from './pointed.ts'
import { useFocusHome } from './use-focus-home.ts'

interface Props {
  entry: ExchangeEntry
  piece: Piece
  /** Counted from 1. */
  number: number
  exchanges: Exchanges
  store: CopilotStore
  /** The revision of the draft with nothing unsaved, for undoing. */
  undoable: number | undefined
}

export function PieceCard({ entry, piece, number, exchanges, store, undoable }: Props) {
  const { id } = entry.exchange
  const { index, title, claims, looks, planChanges } = piece
  const [selected, setSelected] = useState<string>()
  const { changes, pointed, renamed } = useMemo(() => differenceOf(piece), [piece])
  const state = stateOf(entry, piece)
  const { ref, tabIndex, onFocus, onBlur } = useFocusHome<HTMLLIElement>()
  const busy = entry.accepting.length > 0
  const acceptance = entry.acceptances.findLast((each) => each.pieces.includes(index))
  const accepted = state === 'accepted' || state === 'undone'
  const point = () => {
    // What was accepted is on the canvas already.
    if (!accepted) store.setState({ pointed })
  }
  const leave = () => store.setState({ pointed: NOTHING_POINTED })
  const select = (key: string | undefined) => {
    setSelected(key)
    const stage = changes.find((each) => each.key === key)?.stage
    if (stage) store.getState().select(renamed.get(stage) ?? stage)
  }
  const name = `Piece ${number}: ${title}`
  return (
    // It only marks the stages on the canvas: everything that can be done has a button.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li
      aria-label={name}
      onPointerEnter={point}
      onPointerLeave={leave}
      ref={ref}
      tabIndex={tabIndex}
      onFocus={(event) => {
        onFocus(event)
        point()
      }}
      onBlur={(event) => {
        onBlur(event)
        leave()
      }}
      className="overflow-hidden rounded-float border border-line2 bg-panel focus-within:border-faint"
    >
      <div className="flex items-start gap-2 border-b border-line px-3 py-2">
        <h4 className="min-w-0 flex-1 font-medium break-words">{title}</h4>
        <StateWords state={state} />
      </div>
      {state === 'unfit' && (
        <p className="px-3 pt-2 break-words">
          <span className="font-medium">It cannot be accepted: </span>
          <Ticked text={piece.refused ?? ''} />
        </p>
      )}
      {changes.length > 0 && (
        <details open={!accepted && state !== 'refused'}>
          <summary className="cursor-pointer px-3 py-2 text-xs text-muted select-none hover:text-text">
            What changes: {countWords(changes) || 'only the layout'}
          </summary>
          <ChangeList changes={changes} selected={selected} onSelect={select} />
        </details>
      )}
      <div className="flex flex-col gap-3 px-3 py-2.5">
        {planChanges.length > 0 && (
          <div className="flex flex-col gap-1">
            <p className="text-xs text-muted">What a run does differently</p>
            <ul aria-label="What a run does differently" className="flex list-disc flex-col gap-0.5 pl-4 text-xs">
              {planChanges.map((line, at) => (
                <li key={at} className="break-words">
                  <Ticked text={line} />
                </li>
              ))}
            </ul>
          </div>
        )}
        {!accepted && <Tried piece={piece} />}
        {acceptance ? (
          <ClaimList label="What the model said, read back from the draft" claims={acceptance.claims} />
        ) : (
          <ClaimList label="What the model says about it" claims={claims} />
        )}
        {looks.length > 0 && (state === 'open' || state === 'accepting') && (
          <Looks
            looks={looks}
            title={title}
            looked={!needsLook(entry, piece)}
            disabled={busy}
            onLook={(looked) => exchanges.look(id, index, looked)}
          />
        )}
        {(state === 'open' || state === 'accepting') && (
          <div className="flex flex-wrap items-center gap-2">
            <Button
              variant="primary"
              busy={state === 'accepting'}
              disabled={busy || needsLook(entry, piece)}
              aria-label={`Accept piece ${number}: ${title}`}
              onClick={() => {
                // What is accepted is on the canvas soon.
                leave()
                void exchanges.accept(id, [index])
              }}
            >
              Accept
            </Button>
            <Button
              disabled={busy}
              aria-label={`Refuse piece ${number}: ${title}`}
              onClick={() => exchanges.refuse(id, [index])}
            >
              Refuse
            </Button>
            {needsLook(entry, piece) && (
              <span className="text-xs text-muted">Confirm above that you looked at it.</span>
            )}
          </div>
        )}
        {state === 'refused' && (
          <Button
            className="self-start"
            aria-label={`Decide again about piece ${number}: ${title}`}
            onClick={() => exchanges.reconsider(id, index)}
          >
            Decide again
          </Button>
        )}
        {state === 'accepted' && acceptance && (
          <Undoing acceptance={acceptance} entry={entry} exchanges={exchanges} undoable={undoable} />
        )}
      </div>
    </li>
  )
}

/** The list of a piece has the new ids of renamed stages, and the canvas the old ones. */
function differenceOf(piece: Piece) {
  const renamed = new Map(
    piece.changes.flatMap(({ changed }) =>
      changed.flatMap(({ before, after }) => (before.id === after.id ? [] : [[after.id, before.id] as const])),
    ),
  )
  const several = piece.changes.length > 1
  const changes = piece.changes.flatMap((difference, at) =>
    changesOf(difference).map((each) => (several ? { ...each, key: `${at} ${each.key}` } : each)),
  )
  return { changes, renamed, pointed: pointedOf(changes, renamed) }
}

function StateWords({ state }: { state: PieceState }) {
  if (state === 'open' || state === 'accepting') return null
  const done = state === 'accepted'
  const Icon = done ? CircleCheck : CircleX
  const words = { accepted: 'Accepted', undone: 'Accepted and undone', refused: 'Refused', unfit: 'Does not fit' }[
    state
  ]
  return (
    <span className="flex shrink-0 items-center gap-1 text-xs text-muted">
      <Icon size={13} className={done ? 'text-ok' : ''} aria-hidden="true" />
      {words}
    </span>
  )
}

/** Why a piece needs a look of its own, and the confirmation that it had one. */
function Looks({
  looks,
  title,
  looked,
  disabled,
  onLook,
}: {
  looks: readonly string[]
  title: string
  looked: boolean
  disabled: boolean
  onLook: (looked: boolean) => void
}) {
  return (
    <Note tone="wait" icon={<Eye size={14} aria-hidden="true" />}>
      <p className="font-medium">This piece needs a look of its own</p>
      <ul className="flex list-disc flex-col gap-0.5 pl-4">
        {looks.map((reason, at) => (
          <li key={at} className="break-words">
            <Ticked text={reason} />
          </li>
        ))}
      </ul>
      <label className="mt-2 flex items-start gap-2">
        <input
          type="checkbox"
          checked={looked}
          disabled={disabled}
          onChange={(event) => onLook(event.target.checked)}
          className="mt-0.5 size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
        />
        <span className="min-w-0 break-words">
          I looked at it, and want it<span className="sr-only">: {title}</span>
        </span>
      </label>
    </Note>
  )
}

function Undoing({
  acceptance,
  entry,
  exchanges,
  undoable,
}: {
  acceptance: Acceptance
  entry: ExchangeEntry
  exchanges: Exchanges
  undoable: number | undefined
}) {
  const { revision, pieces, claims } = acceptance
  const untrue = claims.filter(({ isTrue }) => isTrue === false).length
  const what = pieces.length > 1 ? 'The pieces that were accepted together are one change' : 'It is one change'
  const mayUndo = revision !== undefined && revision === undoable
  return (
    <div className="flex flex-col gap-2">
      {untrue > 0 && (
        <p className="flex items-start gap-1.5 text-xs">
          <TriangleAlert size={13} className="mt-0.5 shrink-0 text-wait" aria-hidden="true" />
          {untrue === 1 ? 'One thing' : `${untrue} things`} that the model said {untrue === 1 ? 'is' : 'are'} not true
          of the draft.
        </p>
      )}
      <p className="text-xs text-muted">
        {revision === undefined
          ? 'The draft was like this already, so nothing changed.'
          : `${what} of the draft (revision ${revision}), and yours. Undo takes it back.`}
      </p>
      {mayUndo && (
        <Button className="self-start" onClick={() => void exchanges.undo(entry.exchange.id, revision)}>
          Undo
        </Button>
      )}
    </div>
  )
}
