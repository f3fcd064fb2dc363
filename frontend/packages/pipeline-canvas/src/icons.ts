// One lucide icon per component, so that a stage is recognized at a glance.

import { createElement } from 'react'
import {
  Braces,
  Bug,
  CircleStop,
  Clock,
  Combine,
  CornerDownLeft,
  Database,
  FileCheck,
  Filter,
  GitBranch,
  GitFork,
  Globe,
  Layers,
  type LucideIcon,
  type LucideProps,
  Puzzle,
  Repeat,
  Scale,
  ScrollText,
  ShieldCheck,
  Sparkles,
  Trophy,
  Variable,
  WandSparkles,
} from 'lucide-react'
import { componentKey, entryOf } from './model.ts'

const icons: Record<string, LucideIcon> = {
  generator: Sparkles,
  critic: Scale,
  improver: WandSparkles,
  selector: Trophy,
  synthesizer: Combine,
  json_transform: Braces,
  filter: Filter,
  variable_set: Variable,
  schema_validate: FileCheck,
  aggregate: Layers,
  http_request: Globe,
  logger: ScrollText,
  foreach: Repeat,
  loop: Repeat,
  conditional: GitFork,
  router: GitBranch,
  trycatch: ShieldCheck,
  return: CornerDownLeft,
  wait: Clock,
  error: Bug,
  stop: CircleStop,
  database: Database,
}

/** The icon of a component. A draft may name any, such as `constructor`. */
function iconOf(component: string): LucideIcon {
  return entryOf(icons, componentKey(component)) ?? Puzzle
}

export function ComponentIcon({ component, ...rest }: { component: string } & LucideProps) {
  return createElement(iconOf(component), { 'aria-hidden': true, ...rest })
}
