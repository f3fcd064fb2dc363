// The menu of the organization: settings, members, theme, sign-out.

import { Suspense, useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { KeyRound, ListChecks, LogOut, Plus, Sparkles, Users } from 'lucide-react'
import { type ViewerFieldsFragment, chooseOrg, signOut } from '@flowmason/graphql'
import { Menu, MenuItem, MenuLabel, MenuLine, setTheme, useTheme } from '@flowmason/ui'
import { roleName } from '../lib/role-words.ts'
import { personName } from '../lib/words.ts'
import { later } from '../lib/later.tsx'
import { OrgButton } from './org-button.tsx'

const NewOrganization = later(() => import('./new-organization.tsx'), 'NewOrganization')

type ViewerData = ViewerFieldsFragment

export function OrgMenu({ viewer }: { viewer: ViewerData }) {
  const navigate = useNavigate()
  const theme = useTheme()
  const name = viewer.organization.name
  const [creating, setCreating] = useState(false)
  const mayCreate = viewer.user != null && viewer.canChangeAccount && viewer.permissions.includes('organization.create')
  return (
    <>
      <Menu align="start" width="w-60" defaultOpen trigger={<OrgButton name={name} />}>
        <MenuLabel>
          {[viewer.user && personName(viewer.user), viewer.assignedRole && roleName(viewer.assignedRole).toLowerCase()]
            .filter(Boolean)
            .join(' · ')}
        </MenuLabel>
        {viewer.organizations.length > 1 && (
          <div className="max-h-40 overflow-y-auto">
            {viewer.organizations.map((organization) => (
              <MenuItem
                key={organization.id}
                checked={organization.id === viewer.organization.id}
                onSelect={() => {
                  chooseOrg(organization.id)
                  location.assign('/')
                }}
              >
                {organization.name}
              </MenuItem>
            ))}
          </div>
        )}
        {mayCreate && (
          <MenuItem icon={<Plus size={14} />} onSelect={() => setCreating(true)}>
            New organization
          </MenuItem>
        )}
        {(mayCreate || viewer.organizations.length > 1) && <MenuLine />}
        <MenuItem icon={<KeyRound size={14} />} onSelect={() => void navigate({ to: '/settings', hash: 'keys' })}>
          API keys
        </MenuItem>
        {viewer.permissions.includes('member.read') && (
          <MenuItem icon={<Users size={14} />} onSelect={() => void navigate({ to: '/settings/members' })}>
            Members
          </MenuItem>
        )}
        {viewer.permissions.includes('job.read') && (
          <MenuItem icon={<ListChecks size={14} />} onSelect={() => void navigate({ to: '/jobs' })}>
            Jobs
          </MenuItem>
        )}
        {viewer.permissions.includes('pipeline.write') && (
          <MenuItem icon={<Sparkles size={14} />} onSelect={() => void navigate({ to: '/welcome' })}>
            Examples
          </MenuItem>
        )}
        <MenuLine />
        <MenuLabel>Theme</MenuLabel>
        {(['system', 'light', 'dark', 'contrast'] as const).map((each) => (
          <MenuItem key={each} checked={theme === each} onSelect={() => setTheme(each)}>
            {{ system: 'Use system setting', light: 'Light', dark: 'Dark', contrast: 'High contrast' }[each]}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem icon={<LogOut size={14} />} onSelect={() => void signOut().then((next) => location.assign(next))}>
          Sign out
        </MenuItem>
      </Menu>
      {creating && (
        <Suspense fallback={null}>
          <NewOrganization onClose={() => setCreating(false)} />
        </Suspense>
      )}
    </>
  )
}
