import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8')

/** The colors of one theme as relative luminance. */
function luminances(theme: string): Map<string, number> {
  const start = css.indexOf(`[data-theme='${theme}']`)
  const block = css.slice(start, css.indexOf('\n}', start))
  const found = new Map<string, number>()
  for (const [, name, l, c, h] of block.matchAll(/--([\w-]+): oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\);/g)) {
    if (name) found.set(name, luminance(Number(l) / 100, Number(c), Number(h)))
  }
  return found
}

/** Converts oklch to linear sRGB to relative luminance (WCAG 2.2). */
function luminance(lightness: number, chroma: number, hue: number): number {
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)]
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const red = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s
  const green = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s
  const blue = -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s
  const clamp = (value: number) => Math.min(1, Math.max(0, value))
  return 0.2126 * clamp(red) + 0.7152 * clamp(green) + 0.0722 * clamp(blue)
}

const surfaces = ['bg', 'panel', 'raise', 'sunk']
const texts = ['text', 'muted', 'run', 'ok', 'fail', 'wait', 'key', 'num']
const soft = ['run', 'ok', 'fail', 'wait']

describe.each(['light', 'dark', 'contrast'])('theme %s', (theme) => {
  const colours = luminances(theme)
  const ratio = (front: string, back: string) => {
    const [x, y] = [colours.get(front) ?? Number.NaN, colours.get(back) ?? Number.NaN]
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
  }

  const onSurfaces = texts.flatMap((text) => surfaces.map((surface) => [text, surface] as const))
  test.each(onSurfaces)('%s is readable on %s', (text, surface) => {
    expect(ratio(text, surface)).toBeGreaterThanOrEqual(4.5)
  })
  test.each(soft)('%s is readable on its own soft background', (state) => {
    expect(ratio(state, `${state}-soft`)).toBeGreaterThanOrEqual(4.5)
  })
  test('body text is readable on the soft red of a failure', () => {
    expect(ratio('text', 'fail-soft')).toBeGreaterThanOrEqual(4.5)
  })
  test('the primary button inverts the text color and is readable', () => {
    expect(ratio('bg', 'text')).toBeGreaterThanOrEqual(4.5)
  })
  test('the focus ring stands out from every surface', () => {
    for (const surface of surfaces) expect(ratio('copper', surface)).toBeGreaterThanOrEqual(3)
  })
})

test('the three themes define the same tokens', () => {
  const names = ['light', 'dark', 'contrast'].map((theme) => [...luminances(theme).keys()].toSorted())
  expect(names[1]).toEqual(names[0])
  expect(names[2]).toEqual(names[0])
})
