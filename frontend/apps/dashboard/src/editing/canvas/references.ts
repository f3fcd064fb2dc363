// References in copied stages to other copied stages, which get other ids where their own are taken. Renaming a stage
// of the pipeline is done by the server; a copy is not in the pipeline yet. Only `upstream.ID`, `upstream['ID']` and,
// between `{{` and `}}`, the id by itself are changed.

export type Renames = ReadonlyMap<string, string>

/** Names that mean something else in an expression. */
const ROOTS = new Set(['input', 'upstream', 'context', 'env', 'item', 'index', 'true', 'false', 'null', 'none'])

const UPSTREAM = /(\bupstream\s*\.\s*)([\w-]+)/g
const UPSTREAM_QUOTED = /(\bupstream\s*\[\s*)(["'])(.{0,500}?)\2(?=\s*\])/g
/** A literal, or a name with what is before it. */
const NAME = /(["'])(?:\\.|(?!\1)[^\\])*\1|(\.\s*)?\b([A-Za-z_][\w-]*)/g

/** The text with its references renamed. `known`: the ids of all stages that it can mean. */
export function renamedIn(text: string, renames: Renames, known: { has: (id: string) => boolean }): string {
  if (renames.size === 0) return text
  const rooted = text
    .replace(UPSTREAM, (_, before: string, name: string) => before + renamed(name, renames, known))
    .replace(UPSTREAM_QUOTED, (whole, before: string, quote: string, name: string) => {
      const to = renames.get(name)
      return to === undefined ? whole : `${before}${quote}${to}${quote}`
    })
  return inTemplates(rooted, (template) =>
    template.replace(NAME, (...match) => {
      const [whole, quote, before = '', name] = match as unknown as [string, string?, string?, string?]
      if (quote !== undefined || name === undefined || before !== '' || ROOTS.has(name)) return whole
      // The name of an argument, a key or a function is none of a stage.
      const after = template.slice((match.at(-2) as number) + whole.length).trimStart()
      return /^[(:]|^=(?!=)/.test(after) ? whole : renamed(name, renames, known)
    }),
  )
}

/** The longest template whose names are changed; what is copied can be anything. */
const LONGEST = 10_000

/** The text with each template replaced. */
function inTemplates(text: string, of: (template: string) => string): string {
  const parts: string[] = []
  let at = 0
  for (;;) {
    const open = text.indexOf('{{', at)
    const close = open < 0 ? -1 : text.indexOf('}}', open + 2)
    if (close < 0) break
    const template = text.slice(open, close + 2)
    parts.push(text.slice(at, open), template.length > LONGEST ? template : of(template))
    at = close + 2
  }
  return parts.join('') + text.slice(at)
}

/** `a-b` may be the stage `a-b`, or `a` minus `b`: the longest name that is one. */
function renamed(name: string, renames: Renames, known: { has: (id: string) => boolean }): string {
  for (let end = name.length; end > 0; end = name.lastIndexOf('-', end - 1)) {
    const id = name.slice(0, end)
    const to = renames.get(id)
    if (to !== undefined) return to + name.slice(end)
    if (known.has(id)) return name
  }
  return name
}
