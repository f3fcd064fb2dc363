import { expect, test } from 'vitest'
import { modKey } from '../../shell/hotkeys.ts'
import { groups } from '../../shell/shortcuts.tsx'
import { type Command, commands, shortcutOf } from './commands.ts'
import { commandOf, stepOf } from './keys.ts'

const key = (name: string, more: Partial<KeyboardEvent> = {}) =>
  commandOf({ key: name, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more })

test('each key does one thing, and with the key of the system another', () => {
  expect(key('/')).toBe('add')
  // Where the slash is typed with Shift.
  expect(key('/', { shiftKey: true })).toBe('add')
  expect(key('c')).toBe('connect')
  expect(key('C', { shiftKey: true })).toBe('disconnect')
  expect(key('c', { ctrlKey: true })).toBeUndefined()
  expect(key('F2')).toBe('rename')
  expect(key('Backspace')).toBe('remove')
  expect(key('y', { ctrlKey: true })).toBe('redo')
  expect(key('a', { shiftKey: true })).toBeUndefined()
  expect(key('constructor')).toBeUndefined()
  expect(key('f', { metaKey: true })).toBe('find')
  expect(key('Z', { ctrlKey: true, shiftKey: true })).toBe('redo')
  expect(key('m', { altKey: true })).toBeUndefined()
})

test('Alt and an arrow key are a step, with Shift a longer one', () => {
  const none = { key: 'ArrowLeft', ctrlKey: false, metaKey: false, shiftKey: false, altKey: true }
  expect(stepOf(none)).toEqual({ dx: -20, dy: 0 })
  expect(stepOf({ ...none, key: 'ArrowDown', shiftKey: true })).toEqual({ dx: 0, dy: 100 })
  expect(stepOf({ ...none, altKey: false })).toBeUndefined()
  expect(stepOf({ ...none, ctrlKey: true })).toBeUndefined()
  expect(stepOf({ ...none, key: 'constructor' })).toBeUndefined()
})

test('the key that the menu shows for a command is the key that does it', () => {
  const found = commands.map((command) => {
    const words = shortcutOf(command).split(' ')
    const name = words.at(-1) ?? ''
    return key(name === 'Del' ? 'Delete' : name, {
      ctrlKey: words.includes(modKey),
      shiftKey: words.includes('Shift'),
    })
  })
  expect(found).toEqual([...commands])
})

test('each command has a key of its own', () => {
  expect(new Set(commands.map((command) => shortcutOf(command).toLowerCase())).size).toBe(commands.length)
})

test('the sheet of shortcuts has the keys that the menu shows', () => {
  const sheet = groups.find(([name]) => name === 'Canvas of the editor')?.[1] ?? []
  const shown = new Set(sheet.map(([written]) => written))
  // These are the same in every editor.
  const known = new Set<Command>(['redo', 'save'])
  const missing = commands.filter((each) => !known.has(each) && !shown.has(shortcutOf(each)))
  expect(missing).toEqual([])
})
