// Ctrl/Cmd+K: every page, pipelines, recent runs and actions in one list.

import { type ReactNode, useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import {
  AppWindow,
  Activity,
  Blocks,
  Bot,
  Fingerprint,
  Globe,
  House,
  KeyRound,
  Keyboard,
  ListChecks,
  LogOut,
  Moon,
  RefreshCw,
  Settings as Gear,
  ShieldCheck,
  Sparkles,
  Sun,
  UserRound,
  Users,
  Waypoints,
  Webhook,
  Zap,
} from 'lucide-react'
import { useStore } from 'zustand'
import { PipelineNamesDocument, RunListDocument, signOut } from '@flowmason/graphql'
import { MembersDocument } from '@flowmason/graphql/people'
import { StatusIcon, setTheme, shortId, toStatus } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { personName } from '../lib/words.ts'
import { pageCommands } from './page-commands.ts'
import { useMay, useMayAnywhere } from './shell.tsx'

const item =
  'flex h-8 cursor-pointer items-center gap-2.5 rounded-[5px] px-2.5 data-[selected=true]:bg-raise [&>svg]:shrink-0 [&>svg]:text-muted'
const group =
  '[&>[cmdk-group-heading]]:px-2.5 [&>[cmdk-group-heading]]:pt-2 [&>[cmdk-group-heading]]:pb-1 [&>[cmdk-group-heading]]:text-xs [&>[cmdk-group-heading]]:text-muted'

function Row({ icon, name, value, onSelect, aside }: RowProps) {
  return (
    <Command.Item value={value} onSelect={onSelect} className={item}>
      {icon}
      <span className="min-w-0 flex-1 truncate">{name}</span>
      {aside && <span className="text-xs text-muted">{aside}</span>}
    </Command.Item>
  )
}

interface RowProps {
  icon: ReactNode
  name: ReactNode
  value: string
  onSelect: () => void
  aside?: ReactNode
}

const AFTER_CLOSE_MS = 60

/** How many letters of a name are needed to look for members. */
const NAMED = 2

export function Palette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const navigate = useNavigate()
  const [search, setSearch] = useState('')
  const mayMembers = useMay('member.read')
  const mayDomains = useMay('domain.manage')
  const maySso = useMay('sso.manage')
  const mayKeys = useMay('api_key.read')
  const mayJobs = useMay('job.read')
  const maySettings = useMay('organization.update')
  const mayPipelines = useMayAnywhere('pipeline.read')
  const mayRuns = useMayAnywhere('run.read')
  const mayWrite = useMay('pipeline.write')
  const pipelines = useAnswer(
    PipelineNamesDocument,
    { first: 30, search: search || null },
    { keep: true, pause: !mayPipelines },
  )
  const runs = useAnswer(RunListDocument, { first: 8 }, { pause: !mayRuns })
  // People are not listed until somebody is looked for.
  const wanted = search.trim()
  const members = useAnswer(
    MembersDocument,
    { first: 8, after: null, search: wanted },
    { keep: true, pause: !mayMembers || wanted.length < NAMED },
  )
  const people = wanted.length < NAMED ? [] : (members.data?.members.edges ?? [])
  const commands = useStore(pageCommands, (state) => state.commands)
  const act = (work: () => void) => () => {
    onClose()
    work()
  }
  return (
    <Command.Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      label="Find anything"
      overlayClassName="fixed inset-0 z-40 bg-[var(--scrim)]"
      contentClassName="fm-enter fixed top-[14vh] left-1/2 z-50 w-[min(560px,calc(100vw-24px))] -translate-x-1/2 overflow-hidden rounded-float border border-line2 bg-panel shadow-float"
    >
      <Command.Input
        value={search}
        onValueChange={setSearch}
        placeholder="Find a pipeline, a run, an action"
        className="h-11 w-full border-b border-line bg-transparent px-4 outline-none"
      />
      <Command.List label="Results" className="max-h-[min(56vh,420px)] overflow-y-auto p-1.5">
        <Command.Empty className="px-3 py-6 text-center text-muted">Nothing matches “{search}”.</Command.Empty>
        <Command.Group heading="Go to" className={group}>
          <Row
            icon={<House size={15} />}
            name="Home"
            value="go home"
            aside="g h"
            onSelect={act(() => void navigate({ to: '/' }))}
          />
          {mayPipelines && (
            <Row
              icon={<Waypoints size={15} />}
              name="Pipelines"
              value="go pipelines"
              aside="g p"
              onSelect={act(() => void navigate({ to: '/pipelines' }))}
            />
          )}
          {mayRuns && (
            <Row
              icon={<Activity size={15} />}
              name="Runs"
              value="go runs"
              aside="g r"
              onSelect={act(() => void navigate({ to: '/runs' }))}
            />
          )}
          {mayPipelines && (
            <Row
              icon={<Blocks size={15} />}
              name="Components"
              value="go components catalog"
              aside="g c"
              onSelect={act(() => void navigate({ to: '/components' }))}
            />
          )}
          <Row
            icon={<Gear size={15} />}
            name="Settings"
            value="go settings keys"
            aside="g s"
            onSelect={act(() => void navigate({ to: '/settings' }))}
          />
          {mayKeys && (
            <Row
              icon={<KeyRound size={15} />}
              name="API keys"
              value="go api keys tokens"
              onSelect={act(() => void navigate({ to: '/settings', hash: 'keys' }))}
            />
          )}
          <Row
            icon={<Fingerprint size={15} />}
            name="Passkeys"
            value="go passkeys fingerprint webauthn"
            onSelect={act(() => void navigate({ to: '/settings', hash: 'passkeys' }))}
          />
          {mayMembers && (
            <Row
              icon={<Users size={15} />}
              name="Members"
              value="go members people invite invitations"
              onSelect={act(() => void navigate({ to: '/settings/members' }))}
            />
          )}
          {mayMembers && (
            <Row
              icon={<ShieldCheck size={15} />}
              name="Access"
              value="go access roles teams grants service accounts permissions"
              onSelect={act(() => void navigate({ to: '/settings/access' }))}
            />
          )}
          {mayDomains && (
            <Row
              icon={<Globe size={15} />}
              name="Domains"
              value="go domains dns txt proof"
              onSelect={act(() => void navigate({ to: '/settings/domains' }))}
            />
          )}
          {maySso && (
            <Row
              icon={<Fingerprint size={15} />}
              name="Single sign-on"
              value="go single sign-on sso openid identity provider"
              onSelect={act(() => void navigate({ to: '/settings/single-sign-on' }))}
            />
          )}
          {maySso && (
            <Row
              icon={<RefreshCw size={15} />}
              name="Provisioning"
              value="go provisioning scim okta entra groups"
              onSelect={act(() => void navigate({ to: '/settings/provisioning' }))}
            />
          )}
          {maySettings && (
            <Row
              icon={<Bot size={15} />}
              name="Settings of the co-pilot"
              value="go settings of the co-pilot copilot model"
              onSelect={act(() => void navigate({ to: '/settings', hash: 'copilot' }))}
            />
          )}
          {mayKeys && (
            <Row
              icon={<AppWindow size={15} />}
              name="Applications"
              value="go applications oauth clients"
              onSelect={act(() => void navigate({ to: '/settings/applications' }))}
            />
          )}
          {maySettings && (
            <Row
              icon={<Webhook size={15} />}
              name="Webhooks"
              value="go webhooks events slack endpoints"
              onSelect={act(() => void navigate({ to: '/settings/webhooks' }))}
            />
          )}
          {mayJobs && (
            <Row
              icon={<ListChecks size={15} />}
              name="Jobs"
              value="go jobs failed"
              onSelect={act(() => void navigate({ to: '/jobs' }))}
            />
          )}
          {mayWrite && (
            <Row
              icon={<Sparkles size={15} />}
              name="Examples and import"
              value="go examples import welcome"
              onSelect={act(() => void navigate({ to: '/welcome' }))}
            />
          )}
        </Command.Group>
        {people.length > 0 && (
          <Command.Group heading="Members" className={group}>
            {people.map(({ node }) => (
              <Row
                key={node.userId}
                icon={<UserRound size={15} />}
                name={personName(node)}
                value={`member ${node.name} ${node.email ?? ''} ${node.userId}`}
                onSelect={act(
                  () => void navigate({ to: '/settings/members/$userId', params: { userId: node.userId } }),
                )}
              />
            ))}
          </Command.Group>
        )}
        {(pipelines.data?.pipelines.edges.length ?? 0) > 0 && (
          <Command.Group heading="Pipelines" className={group}>
            {pipelines.data?.pipelines.edges.map(({ node }) => (
              <Row
                key={node.id}
                icon={<Waypoints size={15} />}
                name={node.name}
                value={`pipeline ${node.name} ${node.id}`}
                onSelect={act(() => void navigate({ to: '/pipelines/$pipelineId', params: { pipelineId: node.id } }))}
              />
            ))}
            {pipelines.data?.pipelines.edges.slice(0, 10).map(({ node }) => (
              <Row
                key={`run-${node.id}`}
                icon={<Activity size={15} />}
                name={`Run ${node.name}`}
                value={`run ${node.name} ${node.id}`}
                onSelect={() =>
                  void navigate({
                    to: '/pipelines/$pipelineId',
                    params: { pipelineId: node.id },
                    search: { run: true },
                  })
                }
              />
            ))}
          </Command.Group>
        )}
        {(runs.data?.runs.edges.length ?? 0) > 0 && (
          <Command.Group heading="Recent runs" className={group}>
            {runs.data?.runs.edges.map(({ node }) => (
              <Row
                key={node.id}
                icon={<StatusIcon status={toStatus(node.status)} size={15} />}
                name={
                  <>
                    {node.pipeline.name} <code className="text-muted">{shortId(node.id)}</code>
                  </>
                }
                value={`run ${node.id} ${node.pipeline.name} ${node.status}`}
                onSelect={act(() => void navigate({ to: '/runs/$runId', params: { runId: node.id } }))}
              />
            ))}
          </Command.Group>
        )}
        <Command.Group heading="Actions" className={group}>
          {commands.map(({ name, words, keys, run }) => (
            <Row
              key={name}
              icon={<Zap size={15} />}
              name={name}
              value={`${name} ${words}`}
              aside={keys}
              // The list that closes gives the focus back first.
              onSelect={act(() => void setTimeout(run, AFTER_CLOSE_MS))}
            />
          ))}
          <Row
            icon={<Sun size={15} />}
            name="Light theme"
            value="theme light"
            onSelect={act(() => setTheme('light'))}
          />
          <Row icon={<Moon size={15} />} name="Dark theme" value="theme dark" onSelect={act(() => setTheme('dark'))} />
          <Row
            icon={<Keyboard size={15} />}
            name="Keyboard shortcuts"
            value="keyboard shortcuts help"
            aside="?"
            onSelect={act(onShortcuts)}
          />
          <Row
            icon={<LogOut size={15} />}
            name="Sign out"
            value="sign out log out"
            onSelect={act(() => void signOut().then((next) => location.assign(next)))}
          />
        </Command.Group>
      </Command.List>
    </Command.Dialog>
  )
}
