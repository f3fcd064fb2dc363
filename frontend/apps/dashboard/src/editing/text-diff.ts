// What differs between two texts, by tokens: a string, a word or a run of blanks is one. Two people who change the same
// string therefore meet, although they may have changed different letters of it.

/** Replaces a range of the old text. */
export interface TextChange {
  from: number
  to: number
  insert: string
}

const TOKEN = /"(?:[^"\\\n]|\\.)*"?|[\p{L}\p{N}_.+-]+|\s+|./gsu

/** With more differing tokens than this, the texts have too little in common for a finer comparison. */
const MOST_EDITS = 1200

const tokensOf = (text: string): string[] => text.match(TOKEN) ?? []

/** The changes that lead from one text to the other, in order; they neither overlap nor touch. */
export function diff(before: string, after: string): TextChange[] {
  if (before === after) return []
  const [a, b] = [tokensOf(before), tokensOf(after)]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let [endA, endB] = [a.length, b.length]
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--
    endB--
  }
  const offsets = [0]
  for (const token of a) offsets.push((offsets.at(-1) ?? 0) + token.length)
  const inside = hunks(a.slice(start, endA), b.slice(start, endB)) ?? [
    { a0: 0, a1: endA - start, b0: 0, b1: endB - start },
  ]
  return joined(inside, a.slice(start, endA)).map(({ a0, a1, b0, b1 }) => ({
    from: offsets[start + a0] ?? 0,
    to: offsets[start + a1] ?? before.length,
    insert: b.slice(start + b0, start + b1).join(''),
  }))
}

/** The same changes without the letters that stay as they are, so that a cursor beside them stays where it is. */
export function shrink(before: string, changes: readonly TextChange[]): TextChange[] {
  return changes.map(({ from, to, insert }) => {
    let [start, end, left, right] = [from, to, 0, insert.length]
    while (start < end && left < right && before[start] === insert[left]) {
      start++
      left++
    }
    while (end > start && right > left && before[end - 1] === insert[right - 1]) {
      end--
      right--
    }
    return { from: start, to: end, insert: insert.slice(left, right) }
  })
}

/** The text after changes that are in order and do not overlap. */
export function applied(text: string, changes: readonly TextChange[]): string {
  let [made, at] = ['', 0]
  for (const { from, to, insert } of changes) {
    made += text.slice(at, from) + insert
    at = to
  }
  return made + text.slice(at)
}

/** Tokens `a0` to `a1` are replaced by those from `b0` to `b1`. */
interface Hunk {
  a0: number
  a1: number
  b0: number
  b1: number
}

/** Two changes with only blanks between them are one. */
function joined(all: readonly Hunk[], a: readonly string[]): Hunk[] {
  const made: Hunk[] = []
  for (const hunk of all) {
    const last = made.at(-1)
    const blank = last && a.slice(last.a1, hunk.a0).every((token) => token.trim() === '')
    if (last && blank) Object.assign(last, { a1: hunk.a1, b1: hunk.b1 })
    else made.push({ ...hunk })
  }
  return made
}

/** The shortest list of changes (Myers); undefined if it would be too long. */
function hunks(a: readonly string[], b: readonly string[]): Hunk[] | undefined {
  const most = Math.min(a.length + b.length, MOST_EDITS)
  const middle = most + 1
  /** For each diagonal, how far one gets in `a`. */
  const reach = new Int32Array(2 * most + 3)
  /** The diagonals from -n to n after n edits. */
  const rounds: Int32Array[] = []
  for (let n = 0; n <= most; n++) {
    for (let k = -n; k <= n; k += 2) {
      const [under, over] = [reach[middle + k - 1] ?? 0, reach[middle + k + 1] ?? 0]
      const inserts = k === -n || (k !== n && under < over)
      let x = inserts ? over : under + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++
      reach[middle + k] = x
      if (x >= a.length && x - k >= b.length) return walk(rounds, a.length, b.length, n)
    }
    rounds.push(reach.slice(middle - n, middle + n + 1))
  }
  return undefined
}

/** Goes back from the ends of both, edit by edit. */
function walk(rounds: readonly Int32Array[], endA: number, endB: number, edits: number): Hunk[] {
  const made: Hunk[] = []
  let [x, y] = [endA, endB]
  for (let n = edits; n > 0; n--) {
    const before = rounds[n - 1] ?? new Int32Array()
    const reached = (diagonal: number) => before[diagonal + n - 1] ?? 0
    const k = x - y
    const inserts = k === -n || (k !== n && reached(k - 1) < reached(k + 1))
    const from = inserts ? k + 1 : k - 1
    const [a0, b0] = [reached(from), reached(from) - from]
    const hunk = { a0, a1: inserts ? a0 : a0 + 1, b0, b1: inserts ? b0 + 1 : b0 }
    const next = made[0]
    if (next && next.a0 === hunk.a1 && next.b0 === hunk.b1) Object.assign(next, { a0, b0 })
    else made.unshift(hunk)
    x = a0
    y = b0
  }
  return made
}
