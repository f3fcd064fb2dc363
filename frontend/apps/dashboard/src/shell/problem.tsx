// Replaces the page when the user's account could not be loaded. The navigation stays, and so do the ways out: a role
// may not even be allowed to view the organization, and another organization may be open to the user.

import { type ApiProblem, chosenOrg, forgetOrg, signOut } from '@flowmason/graphql'
import { Button, ErrorPanel } from '@flowmason/ui'

interface Props {
  problem: ApiProblem
  onRetry: () => void
}

/** Only a server that does not answer cannot be reached; one that refuses has said why. */
export const problemTitle = (code: string): string =>
  code === 'OFFLINE'
    ? 'FlowMason cannot be reached'
    : code === 'FORBIDDEN'
      ? 'Your role cannot open this organization'
      : 'Your account could not be loaded'

export function ShellProblem({ problem, onRetry }: Props) {
  return (
    <div className="mx-auto flex w-full max-w-xl flex-col gap-3 p-6">
      <ErrorPanel title={problemTitle(problem.code)} problem={problem} onRetry={onRetry} />
      {problem.code !== 'OFFLINE' && (
        <div className="flex flex-wrap gap-2">
          {chosenOrg() !== null && (
            <Button
              onClick={() => {
                forgetOrg()
                location.assign('/')
              }}
            >
              Open another organization
            </Button>
          )}
          <Button variant="quiet" onClick={() => void signOut().then((next) => location.assign(next))}>
            Sign out
          </Button>
        </div>
      )}
    </div>
  )
}
