// The browsers in which the user is signed in.

import { LogOut } from 'lucide-react'
import { signOut } from '@flowmason/graphql'
import {
  EndOtherSessionsDocument,
  EndSessionDocument,
  type SessionFieldsFragment,
  SessionsDocument,
} from '@flowmason/graphql/account'
import { Ago, Button, Empty } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { List, RowSkeletons } from './list.tsx'

export function Sessions() {
  const answer = useAnswer(SessionsDocument, {})
  const endOthers = useChange(EndOtherSessionsDocument)
  const others = answer.data?.sessions.some((session) => !session.isCurrent) ?? false
  const end = async () => {
    const done = await endOthers.run({})
    if (!done) return
    const { ended } = done.endOtherSessions
    toast(ended === 1 ? '1 other session has ended.' : `${ended} other sessions have ended.`)
    answer.refetch()
  }
  return (
    <div className="flex flex-col gap-3">
      <List
        name="sessions"
        answer={answer}
        rows={answer.data?.sessions}
        loading={<RowSkeletons rows={2} height="h-14" front="hidden" />}
        empty={<Empty title="No sessions">You are not signed in anywhere.</Empty>}
      >
        {(sessions) => (
          <ul aria-label="Sessions" className="divide-y divide-line">
            {sessions.map((session) => (
              <SessionRow key={session.sessionId} session={session} onEnded={answer.refetch} />
            ))}
          </ul>
        )}
      </List>
      <div className="flex flex-wrap gap-2">
        <Button
          icon={<LogOut size={14} aria-hidden="true" />}
          onClick={() => void signOut().then((next) => location.assign(next))}
        >
          Sign out
        </Button>
        {others && (
          <Button busy={endOthers.busy} onClick={() => void end()}>
            Sign out everywhere else
          </Button>
        )}
      </div>
    </div>
  )
}

function SessionRow({ session, onEnded }: { session: SessionFieldsFragment; onEnded: () => void }) {
  const end = useChange(EndSessionDocument)
  const device = session.device ?? 'Unknown device'
  const endIt = async () => {
    if (await end.run({ input: { sessionId: session.sessionId } })) onEnded()
  }
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">
          {device}
          {session.isCurrent && <span className="font-normal text-muted"> (this browser)</span>}
        </span>
        <span className="block truncate text-xs text-muted">
          {session.address && <>{session.address} · </>}
          signed in <Ago at={session.createdAt} /> · last used <Ago at={session.lastSeenAt} />
        </span>
      </span>
      {!session.isCurrent && (
        <Button
          variant="quiet"
          busy={end.busy}
          onClick={() => void endIt()}
          aria-label={`End the session in ${device}`}
        >
          End
        </Button>
      )}
    </li>
  )
}
