// Parses JSON that a person typed. Errors give the line, the column and what was expected, in the same words in every
// browser. Only a text that the browser's own parser rejects is scanned a second time.

export interface JsonFault {
  /** Counted from 1, as in editors. */
  line: number
  column: number
  /** The error, such as `a comma or "}" was expected`. */
  expected: string
}

/** Whether a value of JSON is an object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export type JsonReading = { value: unknown } | { fault: JsonFault }

export function readJson(text: string): JsonReading {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return { fault: faultOf(text) }
  }
}

/** `This is not JSON. Line 3, column 5: a comma or "}" was expected, but this is "x".` */
export const faultWords = ({ line, column, expected }: JsonFault, what = 'This is not JSON'): string =>
  `${what}. Line ${line}, column ${column}: ${expected}.`

class Fault extends Error {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

function faultOf(text: string): JsonFault {
  try {
    const at = space(text, valueEnd(text, space(text, 0), 'a value'))
    if (at < text.length) throw new Fault(at, `the JSON ends here, but ${seen(text, at)} follows`)
    throw new Fault(0, 'the text cannot be read as JSON')
  } catch (reason) {
    const at = reason instanceof Fault ? reason.at : 0
    const before = text.slice(0, at)
    return {
      line: before.split('\n').length,
      column: at - (before.lastIndexOf('\n') + 1) + 1,
      expected: reason instanceof Fault ? reason.message : 'the JSON is nested too deeply',
    }
  }
}

const SPACE = ' \t\n\r'
function space(text: string, from: number): number {
  let at = from
  while (at < text.length && SPACE.includes(text.charAt(at))) at++
  return at
}

/** The character at a position, for an error message. */
function seen(text: string, at: number): string {
  if (at >= text.length) return 'the end of the text'
  const word = /^[\w.+-]{1,20}/.exec(text.slice(at, at + 20))?.[0]
  const sign = word ?? String.fromCodePoint(text.codePointAt(at) ?? 0)
  return sign === '"' ? 'a quotation mark' : `"${sign}"`
}

const wanted = (text: string, at: number, what: string): never => {
  const here = at >= text.length ? 'the text ends here' : `this is ${seen(text, at)}`
  throw new Fault(at, `${what} was expected, but ${here}`)
}

/** The end of the value that begins here. */
function valueEnd(text: string, at: number, what: string): number {
  const first = text.charAt(at)
  if (first === '{') return partsEnd(text, at, '}')
  if (first === '[') return partsEnd(text, at, ']')
  if (first === '"') return stringEnd(text, at)
  const word = /^[\w.+-]+/.exec(text.slice(at, at + 400))?.[0]
  if (word === undefined) {
    if (first === "'") throw new Fault(at, 'strings need double quotation marks, not single ones')
    if (text.startsWith('//', at) || text.startsWith('/*', at)) throw new Fault(at, 'JSON has no comments')
    return wanted(text, at, what)
  }
  if (word === 'true' || word === 'false' || word === 'null') return at + word.length
  if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word)) return at + word.length
  if (/^(?:true|false|null)$/i.test(word))
    throw new Fault(at, `"${word}" is written in lower case: ${word.toLowerCase()}`)
  if (/^[+-]?\.?\d/.test(word)) throw new Fault(at, `"${word}" is not a JSON number${numberHint(word)}`)
  throw new Fault(at, `"${word}" is not a JSON value; strings need double quotation marks`)
}

function numberHint(word: string): string {
  if (word.startsWith('+')) return '; remove the plus sign'
  if (/^-?0\d/.test(word)) return '; remove the leading zero'
  if (/^-?\./.test(word)) return '; write a zero before the decimal point'
  return ''
}

/** The end of an object or a list. */
function partsEnd(text: string, from: number, close: '}' | ']'): number {
  let at = space(text, from + 1)
  if (text.charAt(at) === close) return at + 1
  const part = close === '}' ? 'a name in double quotation marks' : 'a value'
  for (;;) {
    if (close === '}') {
      if (text.charAt(at) !== '"') wanted(text, at, part)
      at = space(text, stringEnd(text, at))
      if (text.charAt(at) !== ':') wanted(text, at, 'a colon after the name')
      at = space(text, at + 1)
    }
    at = space(text, valueEnd(text, at, 'a value'))
    if (text.charAt(at) === close) return at + 1
    if (text.charAt(at) !== ',') wanted(text, at, `a comma or "${close}"`)
    const comma = at
    at = space(text, at + 1)
    if (text.charAt(at) === close) throw new Fault(comma, `there is an extra comma before "${close}"`)
  }
}

function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const sign = text.charAt(at)
    if (sign === '"') return at + 1
    if (sign < ' ') {
      const what = sign === '\n' || sign === '\r' ? 'a line break' : sign === '\t' ? 'a tab' : 'a control character'
      const escape = what === 'a tab' ? '\\t' : what === 'a line break' ? '\\n' : '\\u and four digits'
      throw new Fault(
        at,
        `a string cannot contain ${what}; write it as ${escape}, or close the string with a quotation mark`,
      )
    }
    if (sign !== '\\') continue
    if (!/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(text.slice(at, at + 6)))
      throw new Fault(at, `"${text.slice(at, at + 2)}" is not a JSON escape; write a backslash as \\\\`)
    at++
  }
  throw new Fault(from, 'this string has no closing quotation mark')
}
