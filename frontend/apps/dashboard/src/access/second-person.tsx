// The setting that a second person approves what is published to production.

import type { ViewerFieldsFragment } from '@flowmason/graphql'
import { PublicationSettingsDocument, UpdatePublicationSettingsDocument } from '@flowmason/graphql/publishing'
import { ErrorPanel, Skeleton, Ticked } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { listBox } from '../pages/list.tsx'

const LABEL = 'A second person approves what is published to production'

export function SecondPerson({ viewer }: { viewer: ViewerFieldsFragment }) {
  const { data, problem, refetch } = useAnswer(PublicationSettingsDocument, {})
  const update = useChange(UpdatePublicationSettingsDocument, { inPlace: true })
  const mayChange = viewer.user != null && viewer.permissions.includes('organization.update')
  if (problem) return <ErrorPanel title="The setting could not be loaded" problem={problem} onRetry={refetch} />
  if (!data) return <Skeleton className="h-14 rounded-float" />
  const on = data.publicationSettings.secondPerson
  return (
    <div className={listBox}>
      <label aria-label={LABEL} className="flex items-start gap-3 px-3 py-3">
        <input
          type="checkbox"
          checked={on}
          disabled={!mayChange || update.busy}
          onChange={() => void update.run({ input: { secondPerson: !on } })}
          className="mt-0.5 size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
        />
        <span>
          <span className="font-medium">{LABEL}</span>
          <span className="block text-xs text-muted">
            Whoever publishes makes a request, and somebody else with the same permissions approves it. Every owner gets
            a mail when this is turned off.
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
