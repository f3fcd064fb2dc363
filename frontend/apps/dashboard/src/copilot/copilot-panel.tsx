// The panel of the co-pilot: the exchanges with the model, and what is known without one.

import { type ReactNode, useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Link } from '@tanstack/react-router'
import { Bot, PowerOff, WifiOff, X } from 'lucide-react'
import { useStore } from 'zustand'
import { Empty, ErrorPanel, IconButton, Loading, Note, Skeleton, TabPanel, Tabs } from '@flowmason/ui'
import { api } from '../api.ts'
import type { DraftSession, Shown } from '../editing/session.ts'
import { isUnsaved } from '../editing/sync.ts'
import { randomId } from '../lib/random-id.ts'
import { useReading } from '../lib/reading.ts'
import { count } from '../lib/words.ts'
import { modKey } from '../shell/hotkeys.ts'
import { useMay } from '../shell/shell.tsx'
import { type AskDraft, AskForm, NO_REQUEST } from './ask-form.tsx'
import { Exchanges, type ExchangeEntry } from './exchanges.ts'
import type { CopilotStore } from './copilot-store.ts'
import { ExchangeView } from './exchange-view.tsx'
import { Findings, useAdvice } from './findings.tsx'
import { exchangeKeeper } from './kept.ts'
import { type Settings, copilotLink, readSettings } from './link.ts'
import { isWithoutModel } from './words.ts'

interface Props {
  pipelineId: string
  userId: string
  /** Undefined for those who may only read the draft. */
  session: DraftSession | undefined
  /** The revision that a reader sees. */
  revision?: number | undefined
  store: CopilotStore
  /** Whether the panel is on the screen. */
  shown: boolean
  onClose: () => void
}

const never = () => () => {}
const nobody = () => undefined
const readOwn = () => readSettings(api)

export function CopilotPanel({ pipelineId, userId, session, revision: read = 0, store, shown, onClose }: Props) {
  const state = useSyncExternalStore<Shown | undefined>(session?.subscribe ?? never, session?.state ?? nobody)
  const revision = state?.sync.base.revision ?? read
  const settings = useReading(readOwn, { pause: !shown })
  const advice = useAdvice(pipelineId, revision, !shown)
  const ready = settings.data?.enabled === true
  const [exchanges] = useState(
    () =>
      session &&
      new Exchanges({
        link: copilotLink(api),
        session,
        pipelineId,
        keeper: exchangeKeeper(userId, pipelineId),
        newId: randomId,
      }),
  )
  const asks = ready ? exchanges : undefined
  useEffect(() => {
    if (!asks) return
    asks.start()
    return () => asks.close()
  }, [asks])
  const [draft, setDraft] = useState(NO_REQUEST)
  const [tab, setTab] = useState('ask')
  const onStage = useCallback((stage: string) => store.getState().select(stage), [store])
  const findings = <Findings reading={advice} revision={revision} session={session} onStage={onStage} />
  return (
    <section data-pane="copilot" aria-label="Co-pilot" data-testid="copilot" className="flex h-full flex-col">
      <div className="flex h-9 shrink-0 items-center gap-2 border-b border-line pr-1.5 pl-4">
        <Bot size={15} className="shrink-0 text-muted" aria-hidden="true" />
        <h2 className="title min-w-0 flex-1 truncate">Co-pilot</h2>
        <IconButton label="Close the co-pilot" shortcut={`${modKey} J`} onClick={onClose}>
          <X size={15} aria-hidden="true" />
        </IconButton>
      </div>
      {asks && state ? (
        <Tabs
          className="flex-1"
          label="Parts of the co-pilot"
          value={tab}
          onChange={setTab}
          tabs={[
            { id: 'ask', label: 'Ask' },
            { id: 'findings', label: 'Findings', count: advice.data?.advice.length },
          ]}
        >
          <TabPanel id="ask" className="flex flex-col">
            <ExchangeList
              pipelineId={pipelineId}
              exchanges={asks}
              state={state}
              store={store}
              draft={draft}
              onDraft={setDraft}
            />
          </TabPanel>
          <TabPanel id="findings" className="overflow-y-auto">
            {findings}
          </TabPanel>
        </Tabs>
      ) : (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <WithoutModel
            settings={settings.data}
            problem={settings.problem}
            reader={session === undefined}
            onRetry={settings.refetch}
          />
          {findings}
        </div>
      )}
    </section>
  )
}

/** Why nothing can be asked, and what can be done about it. */
function WithoutModel({
  settings,
  problem,
  reader,
  onRetry,
}: {
  settings: Settings | undefined
  problem: { code: string; message: string } | undefined
  reader: boolean
  onRetry: () => void
}) {
  const mayTurnOn = useMay('organization.update')
  if (!settings && problem) {
    if (problem.code === 'OFFLINE') {
      return (
        <Strip icon={<WifiOff size={14} aria-hidden="true" />}>
          The server is unreachable. The co-pilot can be asked once it responds.
        </Strip>
      )
    }
    return <ErrorPanel title="The co-pilot could not be opened" problem={problem} onRetry={onRetry} className="m-4" />
  }
  if (!settings) {
    return (
      <Loading label="Opening the co-pilot" className="p-4">
        <Skeleton className="h-10" />
      </Loading>
    )
  }
  if (reader) {
    return (
      <Strip icon={<Bot size={14} aria-hidden="true" />}>
        You may read this draft and not change it, so you cannot ask the co-pilot. What is known without a model is
        below.
      </Strip>
    )
  }
  if (isWithoutModel(settings)) {
    return (
      <Strip icon={<Bot size={14} aria-hidden="true" />}>
        <p className="font-medium">No model is set up</p>
        <p>
          This server has no provider of models, so nothing can be asked. Whoever operates it adds one under{' '}
          <code>providers</code> in the server’s <code>flowmason.toml</code>. What is known without a model is below.
        </p>
      </Strip>
    )
  }
  return (
    <Strip icon={<PowerOff size={14} aria-hidden="true" />}>
      <p className="font-medium">The co-pilot is turned off</p>
      <p>
        {mayTurnOn ? 'You can turn it on in the ' : 'An owner or admin of the organization can turn it on in the '}
        <Link to="/settings" hash="copilot" className="underline underline-offset-2 hover:text-text">
          settings
        </Link>
        . What is known without a model is below.
      </p>
    </Strip>
  )
}

const Strip = ({ icon, children }: { icon: ReactNode; children: ReactNode }) => (
  <Note icon={icon} className="m-3">
    {children}
  </Note>
)

function ExchangeList({
  pipelineId,
  exchanges,
  state,
  store,
  draft,
  onDraft,
}: {
  pipelineId: string
  exchanges: Exchanges
  state: Shown
  store: CopilotStore
  draft: AskDraft
  onDraft: (draft: AskDraft) => void
}) {
  const { entries, asking, problem, cutOff, lost } = useStore(exchanges.store)
  const opened = useStore(store, (each) => each.opened)
  const { sync } = state
  const { revision } = sync.base
  const still = !isUnsaved(sync) && !sync.flight && sync.about.canUndo
  const writing = entries.some(({ exchange, unread }) => exchange.state === 'WRITING' && !unread)
  const end = useRef<HTMLDivElement>(null)
  const newest = entries.at(-1)?.exchange.id
  useEffect(() => {
    if (newest !== undefined) end.current?.scrollIntoView({ block: 'nearest' })
  }, [newest])
  return (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto" data-scrolls>
        {cutOff && (
          <Strip icon={<WifiOff size={14} aria-hidden="true" />}>
            The server is unreachable. Your earlier exchanges are shown once it responds.
          </Strip>
        )}
        {lost && (
          <ErrorPanel
            title="Earlier exchanges could not be loaded"
            problem={lost}
            onRetry={() => void exchanges.readAgain()}
            className="m-3"
          />
        )}
        {entries.length === 0 && !cutOff && !lost && (
          <Empty icon={<Bot size={20} aria-hidden="true" />} title="Nothing has been asked yet" className="py-8">
            The co-pilot proposes changes to the draft, piece by piece. Each is checked and shown before you decide. The
            model is given the pipeline, and never a secret’s value.
          </Empty>
        )}
        {entries.length > 0 && (
          <ol aria-label="Exchanges" className="divide-y divide-line">
            {entries.map((entry) => (
              <ExchangeView
                key={entry.exchange.id}
                entry={entry}
                exchanges={exchanges}
                store={store}
                revision={revision}
                undoable={still ? revision : undefined}
              />
            ))}
          </ol>
        )}
        <div ref={end} />
      </div>
      <p role="status" className="sr-only">
        {statusWords(entries.at(-1))}
      </p>
      <AskForm
        pipelineId={pipelineId}
        asking={asking}
        writing={writing}
        problem={problem}
        opened={opened}
        draft={draft}
        onDraft={onDraft}
        onAsk={exchanges.ask}
      />
    </>
  )
}

/** What a screen reader says when something has happened. What the model writes is not read out while it comes. */
function statusWords(entry: ExchangeEntry | undefined): string {
  if (!entry) return ''
  const { exchange, acceptances, undone, unread } = entry
  const done = acceptances.at(-1)
  if (done) {
    const untrue = done.claims.filter(({ isTrue }) => isTrue === false).length
    const said = untrue === 0 ? '' : ` ${count(untrue, 'claim')} of the model ${untrue === 1 ? 'is' : 'are'} not true.`
    const isUndone = done.pieces.every((piece) => undone.includes(piece))
    return isUndone ? 'Undone.' : `Accepted: ${count(done.pieces.length, 'piece')}.${said}`
  }
  switch (exchange.state) {
    case 'WRITING':
      return unread ? 'The answer could not be read.' : 'The model is writing.'
    case 'DONE':
      return exchange.pieces.length === 0
        ? 'The model has answered.'
        : `The model has proposed ${count(exchange.pieces.length, 'piece')}.`
    case 'FAILED':
      return 'There is no proposal.'
    case 'CANCELLED':
      return 'Cancelled.'
  }
}
