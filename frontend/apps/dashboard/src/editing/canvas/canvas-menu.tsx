// What can be done with the selected stages, with the keys for it.

import { Ellipsis, IconButton, Menu, MenuItem, MenuLine } from '@flowmason/ui'
import { modKey } from '../../shell/hotkeys.ts'
import { type Command, shortcutOf } from './commands.ts'

export interface MenuState {
  /** The number of selected stages. */
  picked: number
  /** Whether one stage is selected that has lists of inner stages. */
  control: boolean
  edge: boolean
  any: boolean
  /** Whether at least two stages are selected. */
  several: boolean
  /** Whether there is a control stage that runs others. */
  group: boolean
  /** Whether somebody has placed a stage. */
  placed: boolean
}

export function CanvasMenu({
  state: { picked, control, edge, any, several, group, placed },
  onRun,
  onCopy,
  onPaste,
}: {
  state: MenuState
  onRun: (command: Command) => void
  onCopy: () => void
  onPaste: () => void
}) {
  const item = (command: Command, words: string, disabled: boolean, danger = false) => (
    <MenuItem
      onSelect={() => onRun(command)}
      shortcut={shortcutOf(command)}
      disabled={disabled}
      {...(danger && { danger })}
    >
      {words}
    </MenuItem>
  )
  return (
    <Menu
      align="start"
      width="min-w-60"
      trigger={
        <IconButton label="More for the canvas">
          <Ellipsis />
        </IconButton>
      }
    >
      {item('add', 'Add a stage…', false)}
      {item('addInside', 'Add a stage inside…', !control)}
      {item('connect', 'Connect to…', picked === 0)}
      {item('disconnect', 'Disconnect…', picked !== 1)}
      {item('rename', 'Rename', picked !== 1)}
      {item('move', 'Move into…', picked === 0)}
      <MenuLine />
      <MenuItem onSelect={onCopy} shortcut={`${modKey} C`} disabled={picked === 0}>
        Copy as JSON
      </MenuItem>
      <MenuItem onSelect={onPaste} shortcut={`${modKey} V`}>
        Paste
      </MenuItem>
      {item('duplicate', 'Duplicate', picked === 0)}
      {item('remove', edge ? 'Remove the connection' : 'Remove', picked === 0 && !edge, true)}
      <MenuLine />
      {item('align', 'Align or distribute…', !several)}
      {item('tidy', picked > 0 ? 'Tidy up the selected' : 'Tidy up', !placed)}
      {item('fold', 'Fold or unfold the group', !group || picked === 0)}
      {item('foldAll', 'Fold or unfold all groups', !group)}
      {item('note', 'Add a note', !any)}
      <MenuLine />
      {item('selectAll', 'Select all', !any)}
      {item('find', 'Find a stage…', !any)}
    </Menu>
  )
}
