// The commands of the canvas of a draft and their keys, for the canvas itself, its menus and the sheet of shortcuts.

import { modKey } from '../../shell/hotkeys.ts'

/** The key as it is written, what it does, and another key that does the same and is written nowhere. */
type Entry = readonly [key: string, words: string, also?: string]

const table = {
  add: ['/', 'Add a stage', 'Shift /'],
  addInside: ['I', 'Add a stage inside'],
  connect: ['C', 'Connect the stage'],
  disconnect: ['Shift C', 'Disconnect the stage'],
  rename: ['F2', 'Rename the stage'],
  move: ['M', 'Move into a control stage'],
  duplicate: [`${modKey} D`, 'Duplicate'],
  remove: ['Del', 'Remove', 'Backspace'],
  selectAll: [`${modKey} A`, 'Select all stages'],
  find: [`${modKey} F`, 'Find a stage'],
  align: ['A', 'Align or distribute the selected'],
  alignLeft: ['Shift L', 'Align left'],
  alignCenter: ['Shift E', 'Align centers'],
  alignTop: ['Shift T', 'Align top'],
  distributeAcross: ['Shift H', 'Distribute across'],
  distributeDown: ['Shift V', 'Distribute down'],
  tidy: ['T', 'Tidy up'],
  fold: ['F', 'Fold or unfold the group'],
  foldAll: ['Shift F', 'Fold or unfold all groups'],
  note: ['N', 'Add a note'],
  undo: [`${modKey} Z`, 'Undo'],
  redo: [`${modKey} Shift Z`, 'Redo', `${modKey} Y`],
  save: [`${modKey} S`, 'Save as a version'],
  run: ['Shift R', 'Run the draft'],
  runOnly: [`${modKey} Enter`, 'Run only this stage'],
} satisfies Record<string, Entry>

export type Command = keyof typeof table

export const commandTable: Readonly<Record<Command, Entry>> = table

export const commands = Object.keys(table) as Command[]

/** How the key of a command is written. */
export const shortcutOf = (command: Command): string => commandTable[command][0]
