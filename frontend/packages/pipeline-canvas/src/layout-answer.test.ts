import { expect, test } from 'vitest'
import { shortened } from './layout-answer.ts'

test('a layout keeps the positions and the corners of the lines, and nothing of the question', () => {
  const corner = { x: 3, y: 4 }
  const data = {
    id: 'root',
    layoutOptions: { 'elk.algorithm': 'layered' },
    children: [{ id: 'a', x: 1, y: 2, width: 196, height: 54, ports: [{ id: 'a:in', x: 0, y: 27 }] }],
    edges: [
      { id: 'line-0', sources: ['a:out'], targets: ['b:in'], sections: [{ id: 's', bendPoints: [corner] }] },
      { id: 'line-1', sources: ['a:out'], targets: ['c:in'], sections: [{ id: 't' }] },
    ],
  }
  expect(shortened({ id: 7, data })).toEqual({
    id: 7,
    data: {
      children: [{ id: 'a', x: 1, y: 2 }],
      edges: [{ sections: [{ bendPoints: [corner] }] }, { sections: [{ bendPoints: [] }] }],
    },
  })
})

test('an error and an answer without a layout stay as they are', () => {
  for (const message of [{ id: 1, error: { message: 'no' } }, { id: 2, data: [] }, { id: 3 }, 'x', null])
    expect(shortened(message)).toBe(message)
})
