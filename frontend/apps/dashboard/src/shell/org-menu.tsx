// The menu of the organization: settings, members, theme, sign-out.

import { useNavigate } from '@tanstack/react-router'
import { KeyRound, ListChecks, LogOut, Sparkles, Users } from 'lucide-react'
import { type ViewerFieldsFragment, chooseOrg, signOut } from '@flowmason/graphql'
import { Menu, MenuItem, MenuLabel, MenuLine, setTheme, useTheme } from '@flowmason/ui'
import { roleName } from '../lib/role-words.ts'
import { personName } from '../lib/words.ts'
import { OrgButton } from './org-button.tsx'

type ViewerData = ViewerFieldsFragment

export function OrgMenu({ viewer }: { viewer: ViewerData }) {
  const navigate = useNavigate()
  const theme = useTheme()
  const name = viewer.organization.name
  return (
    <Menu align="start" width="w-60" defaultOpen trigger={<OrgButton name={name} />}>
      <MenuLabel>
        {[viewer.user && personName(viewer.user), viewer.assignedRole && roleName(viewer.assignedRole).toLowerCase()]
          .filter(Boolean)
          .join(' · ')}
      </MenuLabel>
      {viewer.organizations.length > 1 && (
        <>
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
          <MenuLine />
        </>
      )}
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
      <MenuItem icon={<Sparkles size={14} />} onSelect={() => void navigate({ to: '/welcome' })}>
        Examples
      </MenuItem>
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
  )
}
