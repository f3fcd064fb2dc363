// Whether the user gets letters that ask for the approval of a publication. The link in such a letter does the same.

import { RequestLettersDocument, UpdateRequestLettersDocument } from '@flowmason/graphql/people'
import { ErrorPanel, Skeleton, Ticked } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { listBox } from './list.tsx'

const LABEL = 'Requests to publish that wait for my approval'

export function RequestLetters({ organization }: { organization: string }) {
  // The link in a letter changes it, too.
  const { data, problem, refetch } = useAnswer(RequestLettersDocument, {}, { requestPolicy: 'cache-and-network' })
  const update = useChange(UpdateRequestLettersDocument, { inPlace: true })
  if (problem) return <ErrorPanel title="The setting could not be loaded" problem={problem} onRetry={refetch} />
  if (!data) return <Skeleton className="h-14 rounded-float" />
  const on = data.requestLetters
  const change = async () => {
    if (await update.run({ input: { wanted: !on } })) refetch()
  }
  return (
    <div className={listBox}>
      <label aria-label={LABEL} className="flex items-start gap-3 px-3 py-3">
        <input
          type="checkbox"
          checked={on}
          disabled={update.busy}
          onChange={() => void change()}
          className="mt-0.5 size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
        />
        <span>
          <span className="font-medium">{LABEL}</span>
          <span className="block text-xs wrap-anywhere text-muted">
            In {organization}. They are on the page Home in any case. With them you turn letters about your triggers
            that do not fire off and on.
          </span>
        </span>
      </label>
      {update.problem && (
        <p role="alert" className="px-3 pb-3 text-xs text-fail">
          <Ticked text={update.problem.message} />
        </p>
      )}
    </div>
  )
}
