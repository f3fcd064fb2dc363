// Who may do what: the organization's own roles, teams, service accounts and grants, and the second person for
// production.

import type { ReactNode } from 'react'
import { ShieldCheck } from 'lucide-react'
import { Note, Skeleton } from '@flowmason/ui'
import { useTitle } from '../lib/use-title.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { Grants } from './grants.tsx'
import { Roles } from './roles.tsx'
import { SecondPerson } from './second-person.tsx'
import { ServiceAccounts } from './service-accounts.tsx'
import { Teams } from './teams.tsx'

export function AccessPage() {
  useTitle('Access')
  const viewer = useViewer()
  return (
    <>
      <PageHead crumbs={[{ label: 'Settings', to: { to: '/settings' }, wide: true }, { label: 'Access' }]} />
      <Column className="flex flex-col gap-8">
        {!viewer ? (
          <Skeleton className="h-40 rounded-float" />
        ) : viewer.permissions.includes('member.read') ? (
          <>
            <Part
              id="roles"
              title="Roles"
              text="Sets of permissions. A change counts at once for everybody who has the role."
            >
              <Roles viewer={viewer} />
            </Part>
            <Part id="teams" title="Teams" text="What is granted to a team, each of its members has.">
              <Teams viewer={viewer} />
            </Part>
            <Part
              id="service-accounts"
              title="Service accounts"
              text="Identities for programs. Their API keys keep working when people leave."
            >
              <ServiceAccounts viewer={viewer} />
            </Part>
            <Part
              id="grants"
              title="Grants"
              text="Further roles for members, teams, service accounts and API keys, in the organization, on a folder or a pipeline, or in an environment. Those of an API key are given on its page."
            >
              <Grants viewer={viewer} />
            </Part>
            <Part id="production" title="Production" text="How versions of pipelines are published to production.">
              <SecondPerson viewer={viewer} />
            </Part>
          </>
        ) : (
          <Note icon={<ShieldCheck size={15} aria-hidden="true" />}>
            Your role cannot view who may do what. Ask an owner or an admin.
          </Note>
        )}
      </Column>
    </>
  )
}

const Part = ({ id, title, text, children }: { id: string; title: string; text: string; children: ReactNode }) => (
  <section id={id} aria-labelledby={`${id}-title`} className="flex flex-col gap-3">
    <div>
      <h2 id={`${id}-title`} className="title">
        {title}
      </h2>
      <p className="text-muted">{text}</p>
    </div>
    {children}
  </section>
)
