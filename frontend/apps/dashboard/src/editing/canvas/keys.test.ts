import { expect, test } from 'vitest'
import { commandOf, commands, shortcuts } from './keys.ts'

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
  expect(key('f', { metaKey: true })).toBe('find')
  expect(key('Z', { ctrlKey: true, shiftKey: true })).toBe('redo')
  expect(key('m', { altKey: true })).toBeUndefined()
})

test('every command is in the menu with its key', () => {
  expect(Object.keys(shortcuts).toSorted()).toEqual([...commands].toSorted())
})
