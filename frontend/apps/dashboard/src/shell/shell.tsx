// The frame around every page: navigation, palette, shortcuts. On a phone the navigation is a bottom bar.

import { Suspense, lazy, useDeferredValue, useEffect, useRef, useState } from 'react'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { Activity, Blocks, House, type LucideIcon, Lock, Search, Settings as Gear, Waypoints } from 'lucide-react'
import { type LinkState, ViewerDocument, useLink } from '@flowmason/graphql'
import { Boundary, Kbd, Note, Skeleton, Tip, holdClock, loadUntilThere, setRegion } from '@flowmason/ui'
import { loadWhenIdle } from '../lib/idle.ts'
import { preloadPages } from '../lib/lazy-page.tsx'
import { type Place, may, mayAnywhere } from '../lib/may.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { PHONE, useMedia } from '../lib/use-media.ts'
import { KEPT_FORMS } from '../step-up/kept-key.ts'
import { useFeed, useRunFeed } from './feed.ts'
import { modKey, useHotkeys } from './hotkeys.ts'
import { OrgButton } from './org-button.tsx'
import { ShellProblem } from './problem.tsx'
import { useLostAccess } from './use-access.ts'

const loadPalette = () => import('./palette.tsx').then((module) => ({ default: module.Palette }))
const Palette = lazy(() => loadUntilThere(loadPalette))
const loadMenu = () => import('./org-menu.tsx').then((module) => ({ default: module.OrgMenu }))
const LazyOrgMenu = lazy(() => loadUntilThere(loadMenu))
const loadSheet = () => import('./shortcuts.tsx').then((module) => ({ default: module.ShortcutSheet }))
const ShortcutSheet = lazy(() => loadUntilThere(loadSheet))
const NoAccess = lazy(() =>
  loadUntilThere(() => import('./no-access.tsx').then((module) => ({ default: module.NoAccess }))),
)

interface NavItem {
  to: '/' | '/pipelines' | '/runs' | '/components' | '/settings'
  label: string
  icon: LucideIcon
  keys: string
  /** Without this permission, the page would only be a refusal. */
  needs?: string
}
const places: NavItem[] = [
  { to: '/', label: 'Home', icon: House, keys: 'g h' },
  { to: '/pipelines', label: 'Pipelines', icon: Waypoints, keys: 'g p', needs: 'pipeline.read' },
  { to: '/runs', label: 'Runs', icon: Activity, keys: 'g r', needs: 'run.read' },
  { to: '/components', label: 'Components', icon: Blocks, keys: 'g c', needs: 'pipeline.read' },
  { to: '/settings', label: 'Settings', icon: Gear, keys: 'g s' },
]

/** The places where the user can see something; all, until their rights are known. */
const placesOf = (viewer: ViewerData | undefined) =>
  places.filter(({ needs }) => !viewer || !needs || mayAnywhere(viewer, needs))

/** Renders the frame first and its content in slices: on a slow machine, all at once would block the page. */
export function Shell() {
  const shown = useDeferredValue(true, false)
  return shown ? <Filled /> : <div className="h-dvh" />
}

function Filled() {
  const navigate = useNavigate()
  const viewer = useAnswer(ViewerDocument, {})
  const phone = useMedia(PHONE)
  const [palette, setPalette] = useState(false)
  const [sheet, setSheet] = useState(false)
  const lost = useLostAccess(viewer.data?.viewer)
  const seesRuns = viewer.data !== undefined && mayAnywhere(viewer.data.viewer, 'run.read')
  useRunFeed(seesRuns && lost === undefined)
  const closed = useClosedPlace(viewer.data?.viewer)
  const main = useFocusOfPage()
  useEffect(() => {
    // Preloaded, so that text typed right after Ctrl+K is not lost, and all parts are there if the server goes away.
    const timer = setTimeout(() => {
      for (const load of [loadPalette, loadMenu, loadSheet]) void loadWhenIdle(load)
      preloadPages()
    }, 1200)
    return () => clearTimeout(timer)
  }, [])
  useEffect(() => {
    // While the server is unreachable the state of runs is unknown, so elapsed times stop.
    const follow = (link: LinkState) => holdClock(link === 'reconnecting')
    follow(useLink.getState().state)
    return useLink.subscribe((link) => follow(link.state))
  }, [])
  const user = viewer.data?.viewer.user
  useEffect(() => {
    if (user) setRegion(user.locale, user.timeZone)
  }, [user])
  const userId = user?.id
  useEffect(() => {
    // After a sign-in that was wanted as a fresh proof.
    if (userId && sessionStorage.getItem(KEPT_FORMS) !== null)
      void loadUntilThere(() => import('../step-up/kept-forms.ts')).then(({ restoreForms }) => restoreForms(userId))
  }, [userId])
  useHotkeys({
    'mod+k': () => setPalette((open) => !open),
    '?': () => setSheet(true),
    '/': () => setPalette(true),
    'g h': () => void navigate({ to: '/' }),
    'g p': () => void navigate({ to: '/pipelines' }),
    'g r': () => void navigate({ to: '/runs' }),
    'g c': () => void navigate({ to: '/components' }),
    'g s': () => void navigate({ to: '/settings' }),
  })
  if (lost !== undefined)
    return (
      <Suspense fallback={null}>
        <NoAccess {...lost} />
      </Suspense>
    )
  return (
    <div className="flex h-dvh flex-col md:flex-row">
      <a
        href="#main"
        className="absolute top-2 left-2 z-60 -translate-y-20 rounded-control border border-line2 bg-panel px-3 py-1.5 focus:translate-y-0"
      >
        Skip to the page
      </a>
      {phone ? (
        <PhoneBar onFind={() => setPalette(true)} viewer={viewer.data?.viewer} />
      ) : (
        <Side onFind={() => setPalette(true)} viewer={viewer.data?.viewer} />
      )}
      <main ref={main} id="main" tabIndex={-1} className="relative flex min-h-0 min-w-0 flex-1 flex-col outline-none">
        <NavigationBar />
        {viewer.problem && viewer.problem.code !== 'UNAUTHENTICATED' ? (
          <ShellProblem problem={viewer.problem} onRetry={viewer.refetch} />
        ) : closed ? (
          <div className="mx-auto w-full max-w-xl p-6">
            <Note icon={<Lock size={15} aria-hidden="true" />}>
              Your role cannot view {closed.label.toLowerCase()}: it lacks <code>{closed.needs}</code>. Ask an owner or
              an admin.
            </Note>
          </div>
        ) : (
          <Boundary name="This page">
            <Outlet />
          </Boundary>
        )}
      </main>
      {phone && <BottomBar viewer={viewer.data?.viewer} />}
      {palette && (
        <Boundary name="The search">
          <Suspense fallback={null}>
            <Palette onClose={() => setPalette(false)} onShortcuts={() => setSheet(true)} />
          </Suspense>
        </Boundary>
      )}
      {sheet && (
        <Boundary name="The list of shortcuts">
          <Suspense fallback={null}>
            <ShortcutSheet open onOpenChange={setSheet} />
          </Suspense>
        </Boundary>
      )}
    </div>
  )
}

/** The place of the open page, if the user's role cannot open it. */
function useClosedPlace(viewer: ViewerData | undefined) {
  const at = useRouterState({ select: (state) => places.find(({ to }) => inside(state.location.pathname, to))?.to })
  const open = placesOf(viewer).some(({ to }) => to === at)
  return at && !open ? places.find(({ to }) => to === at) : undefined
}

const inside = (path: string, place: string) => path === place || (place !== '/' && path.startsWith(`${place}/`))

/** After navigation, moves the focus into the new page instead of losing it with the link that was followed. */
function useFocusOfPage() {
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  const before = useRef(path)
  useEffect(() => {
    const moved = before.current !== undefined && before.current !== path
    before.current = path
    if (moved && (document.activeElement === document.body || document.activeElement === null)) main.current?.focus()
  }, [path])
  return main
}

/** A thin bar while a page loads. */
function NavigationBar() {
  const pending = useRouterState({ select: (state) => state.status === 'pending' })
  return pending ? (
    <div className="fm-late absolute inset-x-0 top-0 z-30 h-0.5 bg-text" role="status">
      <span className="sr-only">Opening the page</span>
    </div>
  ) : null
}

/** Whether the user may do something, in the organization or at a place; see `may`. */
export function useMay(permission: string, place: Place = {}): boolean {
  const viewer = useViewer()
  return viewer !== undefined && may(viewer, permission, place)
}

/** Whether the user may do something anywhere: in the organization, on a folder or pipeline, or in an environment. */
export function useMayAnywhere(permission: string): boolean {
  const viewer = useViewer()
  return viewer !== undefined && mayAnywhere(viewer, permission)
}

type ViewerData = NonNullable<ReturnType<typeof useViewer>>
export function useViewer() {
  return useAnswer(ViewerDocument, {}, { requestPolicy: 'cache-first' }).data?.viewer
}

function Side({ onFind, viewer }: { onFind: () => void; viewer: ViewerData | undefined }) {
  return (
    <aside className="flex w-14 shrink-0 flex-col gap-3 border-r border-line px-2 pt-3 pb-2 lg:w-52">
      <OrgMenu viewer={viewer} />
      <Tip text="Find anything" shortcut={`${modKey} K`} side="right">
        <button
          type="button"
          onClick={onFind}
          className="flex h-7 items-center gap-2 rounded-control border border-line2 px-2 text-muted hover:text-text max-lg:justify-center"
        >
          <Search size={14} aria-hidden="true" />
          <span className="flex-1 text-left max-lg:sr-only">Find anything</span>
          <Kbd className="max-lg:hidden">{modKey === '⌘' ? '⌘K' : 'Ctrl K'}</Kbd>
        </button>
      </Tip>
      <nav aria-label="Main" className="flex flex-col gap-px">
        {placesOf(viewer).map((place) => (
          <SideLink key={place.to} place={place} />
        ))}
      </nav>
      <div className="flex-1" />
      <LinkNote />
    </aside>
  )
}

/** On a phone: the organization with its menu, and the search. */
function PhoneBar({ onFind, viewer }: { onFind: () => void; viewer: ViewerData | undefined }) {
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 border-b border-line px-2">
      <div className="min-w-0 flex-1">
        <OrgMenu viewer={viewer} />
      </div>
      <LinkNote />
      <button
        type="button"
        aria-label="Find anything"
        onClick={onFind}
        className="flex size-9 items-center justify-center rounded-control text-muted hover:text-text"
      >
        <Search size={18} aria-hidden="true" />
      </button>
    </div>
  )
}

function SideLink({ place }: { place: NavItem }) {
  const active = useFeed((state) => (place.to === '/runs' ? state.active.size : 0))
  const Icon = place.icon
  return (
    <Tip text={place.label} shortcut={place.keys} side="right">
      <Link
        to={place.to}
        activeOptions={{ exact: place.to === '/', includeSearch: false }}
        className="flex h-[30px] items-center gap-2.5 rounded-control px-2 font-medium text-muted hover:bg-raise hover:text-text max-lg:justify-center [&.active]:bg-raise [&.active]:text-text"
      >
        <Icon size={16} className="shrink-0" aria-hidden="true" />
        <span className="flex-1 truncate max-lg:sr-only">{place.label}</span>
        {active > 0 && (
          <span className="tnum text-xs font-normal text-muted max-lg:sr-only">
            {active}
            <span className="sr-only"> in progress</span>
          </span>
        )}
      </Link>
    </Tip>
  )
}

/** The button is rendered at once; its menu is loaded after the page and opens on the first press. */
function OrgMenu({ viewer }: { viewer: ViewerData | undefined }) {
  const [open, setOpen] = useState(false)
  if (!viewer) return <Skeleton className="h-8" />
  const button = <OrgButton name={viewer.organization.name} aria-haspopup="menu" onClick={() => setOpen(true)} />
  if (!open) return button
  return (
    <Boundary name="The menu">
      <Suspense fallback={button}>
        <LazyOrgMenu viewer={viewer} />
      </Suspense>
    </Boundary>
  )
}

function LinkNote() {
  const state = useLink((link) => link.state)
  if (state !== 'reconnecting') return null
  return (
    <Tip text="The server is not responding. The page reconnects automatically." side="right">
      <p role="status" className="flex items-center gap-2 px-2 py-1 text-xs text-wait max-lg:justify-center">
        <span className="size-1.5 shrink-0 rounded-full bg-wait" />
        <span className="md:max-lg:sr-only">Reconnecting</span>
      </p>
    </Tip>
  )
}

function BottomBar({ viewer }: { viewer: ViewerData | undefined }) {
  return (
    <nav aria-label="Main" className="flex shrink-0 border-t border-line bg-panel pb-[env(safe-area-inset-bottom)]">
      {placesOf(viewer).map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: to === '/', includeSearch: false }}
          className="flex h-14 min-w-0 flex-1 flex-col items-center justify-center gap-1 text-2xs text-muted [&.active]:font-medium [&.active]:text-text"
        >
          <Icon size={20} strokeWidth={1.75} aria-hidden="true" />
          {label}
        </Link>
      ))}
    </nav>
  )
}
