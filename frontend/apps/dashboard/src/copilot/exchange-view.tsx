// One exchange: the request, the answer while it is written, and the proposal with its pieces. What the model wrote is
// shown as text, whatever it looks like.

import { memo } from 'react'
import { Ban, CircleX, Loader } from 'lucide-react'
import { useLink } from '@flowmason/graphql'
import { Ago, Button, Note, Ticked } from '@flowmason/ui'
import { Meetings } from '../editing/conflict-dialog.tsx'
import { count } from '../lib/words.ts'
import { type Exchanges, type ExchangeEntry, acceptable, needsLook, stateOf } from './exchanges.ts'
import { CheckList } from './checks.tsx'
import type { CopilotStore } from './copilot-store.ts'
import { PieceCard } from './piece-card.tsx'
import { useFocusHome } from './use-focus-home.ts'
import { usageWords, wordsOf } from './words.ts'
import { writtenSummary } from './writing.ts'

interface Props {
  entry: ExchangeEntry
  exchanges: Exchanges
  store: CopilotStore
  /** The revision of the draft that is shown. */
  revision: number
  /** The same, if nothing is unsaved and there is something to undo. */
  undoable: number | undefined
}

export const ExchangeView = memo(function ExchangeView({ entry, exchanges, store, revision, undoable }: Props) {
  const { exchange, problem } = entry
  const { id, task, request, state, askedAt } = exchange
  const label = wordsOf(task).label
  const home = useFocusHome<HTMLLIElement>()
  return (
    <li
      {...home}
      className="flex flex-col gap-3 px-4 py-3 focus-visible:-outline-offset-2"
      aria-label={`${label}: ${request}`}
    >
      <div className="flex flex-col gap-1 rounded-float bg-raise px-3 py-2">
        <p className="flex items-baseline gap-2 text-xs text-muted">
          <span className="min-w-0 flex-1">{label}</span>
          <Ago at={askedAt} />
        </p>
        <p className="break-words whitespace-pre-wrap">{request}</p>
      </div>
      {state === 'WRITING' ? (
        <Writing
          entry={entry}
          onCancel={() => void exchanges.cancel(id)}
          onReadAgain={() => void exchanges.readAgain(id)}
        />
      ) : (
        <Answer entry={entry} exchanges={exchanges} store={store} revision={revision} undoable={undoable} />
      )}
      {problem && (
        <Note tone="fail" icon={<CircleX size={14} aria-hidden="true" />}>
          <p role="alert">
            <Ticked text={problem.message} />
          </p>
          <Meetings meetings={problem.meetings} />
        </Note>
      )}
      <p className="text-xs text-muted">{usageWords(exchange)}</p>
    </li>
  )
})

interface WritingProps {
  entry: ExchangeEntry
  onCancel: () => void
  onReadAgain: () => void
}

function Writing({ entry, onCancel, onReadAgain }: WritingProps) {
  const { text, cancelling, unread } = entry
  const summary = writtenSummary(text)
  const cut = useLink((link) => link.state === 'reconnecting')
  if (unread) {
    return (
      <div className="flex flex-col gap-2">
        <p>The answer could not be read.</p>
        <Button className="self-start" onClick={onReadAgain}>
          Try again
        </Button>
        <Raw label="What the model had written" text={text} />
      </div>
    )
  }
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-center gap-2">
        <Loader size={14} className="fm-spin shrink-0 text-run" aria-hidden="true" />
        <p className="min-w-0 flex-1">
          {text === '' ? 'The model was asked' : 'The model is writing'}
          {text !== '' && <span className="text-xs text-muted"> · {count(text.length, 'character')}</span>}
        </p>
        <Button busy={cancelling} onClick={onCancel}>
          Cancel
        </Button>
      </div>
      {cut && (
        <p role="status" className="text-xs text-muted">
          The server is unreachable. The model may go on writing; what it wrote appears once the server responds.
        </p>
      )}
      {summary && <p className="break-words whitespace-pre-wrap">{summary}</p>}
      <Raw label="What it has written so far" text={text} />
    </div>
  )
}

/** The longest end of an answer that is shown as it was written. */
const LONGEST_RAW = 20_000

function Raw({ label, text }: { label: string; text: string }) {
  if (text === '') return null
  return (
    <details>
      <summary className="cursor-pointer py-1 text-xs text-muted select-none hover:text-text">{label}</summary>
      <pre
        // A region that scrolls has to be reached by the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-label={label}
        className="mt-1 max-h-60 overflow-y-auto rounded-control border border-line bg-sunk p-2 font-mono text-xs break-words whitespace-pre-wrap"
      >
        {text.length > LONGEST_RAW ? `… ${text.slice(-LONGEST_RAW)}` : text}
      </pre>
    </details>
  )
}

function Answer({ entry, exchanges, store, revision, undoable }: Props) {
  const { exchange, text } = entry
  const { state, summary, pieces, problem } = exchange
  if (state === 'CANCELLED') {
    return (
      <>
        <p className="flex items-center gap-2">
          <Ban size={14} className="shrink-0 text-muted" aria-hidden="true" />
          Cancelled. Nothing was proposed.
        </p>
        <Raw label="What the model had written" text={text} />
      </>
    )
  }
  if (state === 'FAILED') {
    return (
      <>
        <Note tone="fail" icon={<CircleX size={14} aria-hidden="true" />}>
          <p className="font-medium">There is no proposal</p>
          <p className="break-words">
            <Ticked text={problem ?? 'The call of the model failed.'} />
          </p>
        </Note>
        <Raw label="What the model has written" text={text} />
      </>
    )
  }
  const said = summary ?? (pieces.length === 0 ? text : '')
  return (
    <>
      {said !== '' && (
        <div>
          <p className="break-words whitespace-pre-wrap">{said}</p>
          <p className="mt-1 text-xs text-muted">The model wrote this. Nobody has checked it.</p>
        </div>
      )}
      {pieces.length === 0 ? (
        <p className="text-xs text-muted">It proposes no change.</p>
      ) : (
        <>
          {exchange.revision !== revision && pieces.some((piece) => stateOf(entry, piece) === 'open') && (
            <p className="text-xs text-muted">
              The proposal was made for revision {exchange.revision}, and the draft is at {revision}. It is moved over
              what was changed since.
            </p>
          )}
          <ol aria-label="Pieces of the proposal" className="flex flex-col gap-3">
            {pieces.map((piece, at) => (
              <PieceCard
                key={piece.index}
                entry={entry}
                piece={piece}
                number={at + 1}
                exchanges={exchanges}
                store={store}
                undoable={undoable}
              />
            ))}
          </ol>
          {pieces.length > 1 && exchange.together && (
            <CheckList label="All pieces together, tried out" checks={exchange.together.checks} />
          )}
          <Whole entry={entry} exchanges={exchanges} />
        </>
      )}
    </>
  )
}

/** The decision about all pieces that are open. */
function Whole({ entry, exchanges }: { entry: ExchangeEntry; exchanges: Exchanges }) {
  const { id, pieces } = entry.exchange
  const open = pieces.filter((piece) => ['open', 'accepting'].includes(stateOf(entry, piece)))
  const ready = acceptable(entry)
  const looks = open.filter((piece) => needsLook(entry, piece)).length
  const busy = entry.accepting.length > 0
  if (open.length < 2) return null
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        busy={entry.accepting.length > 1}
        disabled={busy || ready.length === 0}
        onClick={() => void exchanges.accept(id, ready)}
      >
        Accept {ready.length === open.length ? `all ${open.length} pieces` : count(ready.length, 'piece')}
      </Button>
      <Button
        disabled={busy}
        onClick={() =>
          exchanges.refuse(
            id,
            open.map(({ index }) => index),
          )
        }
      >
        Refuse all
      </Button>
      {looks > 0 && (
        <span className="text-xs text-muted">
          {looks === 1 ? 'One piece needs' : `${looks} pieces need`} a look of {looks === 1 ? 'its' : 'their'} own
          first.
        </span>
      )}
    </div>
  )
}
