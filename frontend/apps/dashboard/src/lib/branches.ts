// Under which lists of its control stage a stage is named. The server tells the first one; a stage that stands in
// several routes is found in the settings of its control stage, which the server gives with one name for each list.

interface Settings {
  id: string
  parent?: string | null
  branch?: string | null
  config?: unknown
}

/** The lists of settings by the names that branches have in addresses. */
const LISTS: Record<string, string> = {
  loop_stages: 'loop',
  try_stages: 'try',
  catch_stages: 'catch',
  finally_stages: 'finally',
  true_branch_stages: 'true',
  false_branch_stages: 'false',
  default_route: 'default',
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** For each stage that a control stage names: its branches, in the order of the settings. */
function branchesIn(config: unknown): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const add = (branch: string, list: unknown) => {
    for (const id of Array.isArray(list) ? list : []) {
      if (typeof id !== 'string') continue
      const known = found.get(id)
      if (!known) found.set(id, [branch])
      else if (!known.includes(branch)) known.push(branch)
    }
  }
  if (!isObject(config)) return found
  if (isObject(config['routes']))
    for (const [route, list] of Object.entries(config['routes'])) add(`route.${route}`, list)
  for (const [field, branch] of Object.entries(LISTS)) add(branch, config[field])
  return found
}

/** The same stages, each with all branches that name it. */
export function withBranches<T extends Settings>(stages: readonly T[]): (T & { branches: readonly string[] })[] {
  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  const known = new Map<string, Map<string, string[]>>()
  return stages.map((stage) => {
    const { parent, branch } = stage
    const told = branch ? [branch] : []
    const control = parent ? byId.get(parent) : undefined
    if (!control) return { ...stage, branches: told }
    let lists = known.get(control.id)
    if (!lists) known.set(control.id, (lists = branchesIn(control.config)))
    const found = lists.get(stage.id) ?? []
    return { ...stage, branches: branch && !found.includes(branch) ? [branch, ...found] : found }
  })
}
