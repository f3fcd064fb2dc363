// What a schedule does, while somebody types it: its words and its next ten firings, or what is wrong with it.

import { useEffect, useState } from 'react'
import { TriangleAlert } from 'lucide-react'
import { TriggerPreviewDocument } from '@flowmason/graphql/triggers'
import { Ago, Loading, Skeleton, Ticked, useRegion } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { knownZone, momentIn } from './local-time.ts'
import { sentence } from './words.ts'

const FIRST = 10
const SETTLED_MS = 300

/** The text once nobody has changed it for a moment. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}

/** `timing`: from `timingOf`; undefined while something is missing. */
export function Preview({ timing }: { timing: Record<string, unknown> | undefined }) {
  useRegion()
  const text = useSettled(timing ? JSON.stringify(timing) : '')
  const definition = text ? (JSON.parse(text) as unknown) : null
  const { data, problem } = useAnswer(
    TriggerPreviewDocument,
    { definition, first: FIRST },
    { pause: text === '', keep: true },
  )
  const preview = text ? data?.triggerPreview : undefined
  return (
    <section aria-label="When it fires" className="rounded-control border border-line bg-sunk px-3 py-2.5">
      {text === '' ? (
        <p className="text-muted">Say when it fires, and its next firings are listed here.</p>
      ) : problem ? (
        <p role="alert" className="text-xs text-fail">
          The next firings could not be loaded: <Ticked text={problem.message} />
        </p>
      ) : preview ? (
        <Found preview={preview} />
      ) : (
        <Loading label="Loading the next firings">
          <Skeleton className="h-24" />
        </Loading>
      )}
    </section>
  )
}

interface PreviewData {
  words?: string | null
  timezone?: string | null
  next: readonly string[]
  problems: readonly { message: string; suggestion?: string | null }[]
}

function Found({ preview }: { preview: PreviewData }) {
  const zone = knownZone(preview.timezone)
  return (
    <>
      <div role="status">
        {preview.words && (
          <p className="font-medium">
            <Ticked text={sentence(preview.words)} />
          </p>
        )}
        {preview.problems.map(({ message, suggestion }, at) => (
          <p key={at} className="flex gap-2 py-0.5">
            <TriangleAlert size={14} className="mt-0.5 shrink-0 text-fail" aria-hidden="true" />
            <span className="min-w-0 break-words">
              <Ticked text={message} />
              {suggestion && (
                <span className="block text-xs text-muted">
                  <Ticked text={sentence(suggestion)} />
                </span>
              )}
            </span>
          </p>
        ))}
      </div>
      {preview.next.length > 0 ? (
        <ol aria-label="Next firings" className="mt-1.5 grid gap-x-6 gap-y-0.5 text-xs sm:grid-cols-2">
          {preview.next.map((at) => (
            <li key={at} className="flex items-baseline justify-between gap-2">
              <span className="tnum min-w-0 truncate">{momentIn(at, zone)}</span>
              <Ago at={at} className="text-muted" />
            </li>
          ))}
        </ol>
      ) : (
        preview.words && <p className="mt-1 text-xs text-muted">It does not fire any more.</p>
      )}
    </>
  )
}
