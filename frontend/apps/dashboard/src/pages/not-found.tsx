import { Link } from '@tanstack/react-router'
import { Empty, Mark } from '@flowmason/ui'
import { useReady } from '../lib/ready.ts'
import { useTitle } from '../lib/use-title.ts'

const link =
  'inline-flex h-7 items-center rounded-control border border-line2 bg-panel px-2.5 font-medium hover:bg-raise'

export function NotFound() {
  useTitle('Not found')
  useReady()
  return (
    <div className="flex flex-1 items-center justify-center">
      <Empty
        icon={<Mark size={36} />}
        title="Page not found"
        action={
          <>
            <Link to="/" className={link}>
              Home
            </Link>
            <Link to="/runs" className={link}>
              Runs
            </Link>
          </>
        }
      >
        <h1 className="sr-only">Not found</h1>
        The address <code className="break-all">{location.pathname}</code> does not exist. A link to a run looks like{' '}
        <code>/runs/run_…</code>.
      </Empty>
    </div>
  )
}
