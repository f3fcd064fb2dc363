// Home for somebody whose role has nothing to do with pipelines or runs, such as Billing: what they can do instead.

import { Link } from '@tanstack/react-router'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import { mayAnywhere } from '../lib/may.ts'
import { roleName } from '../lib/role-words.ts'
import { useTitle } from '../lib/use-title.ts'
import { Column } from '../shell/page.tsx'
import { listBox } from './list.tsx'

const link = 'font-medium underline underline-offset-2'

export function WithoutPipelines({ viewer }: { viewer: ViewerFieldsFragment }) {
  useTitle('Home')
  const may = (permission: string) => mayAnywhere(viewer, permission)
  const unseen = may('pipeline.read') ? 'runs' : may('run.read') ? 'pipelines' : 'pipelines and runs'
  const role = viewer.assignedRole ? `Your role ${roleName(viewer.assignedRole)}` : 'Your role'
  return (
    <Column className="flex flex-col gap-6">
      <header>
        <h1 className="page-title">{viewer.organization.name}</h1>
        <p className="text-muted">
          {role} does not include viewing {unseen}. If you need it, ask an owner or an admin. You can:
        </p>
      </header>
      <ul className={`${listBox} divide-y divide-line`}>
        {may('pipeline.read') && (
          <li className="px-3 py-2.5">
            <Link to="/pipelines" className={link}>
              Open the pipelines
            </Link>
          </li>
        )}
        {may('run.read') && (
          <li className="px-3 py-2.5">
            <Link to="/runs" className={link}>
              Open the runs
            </Link>
          </li>
        )}
        {may('member.read') && (
          <li className="px-3 py-2.5">
            <Link to="/settings/members" className={link}>
              See who is a member
            </Link>
          </li>
        )}
        <li className="px-3 py-2.5">
          <Link to="/settings" className={link}>
            Change your own settings
          </Link>
        </li>
      </ul>
    </Column>
  )
}
