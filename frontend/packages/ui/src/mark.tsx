// The logo: three rows of copper bricks.

const bricks: [x: number, y: number, width: number, tone: number][] = [
  [0, 0, 11, 1],
  [12.5, 0, 7.5, 0.72],
  [0, 5.6, 6, 0.6],
  [7.5, 5.6, 12.5, 1],
  [0, 11.2, 8.5, 1],
  [10, 11.2, 10, 0.5],
]

export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size * 0.8} viewBox="0 0 20 15.6" fill="var(--copper)" aria-hidden="true">
      {bricks.map(([x, y, width, tone]) => (
        <rect key={`${x}-${y}`} x={x} y={y} width={width} height="4.4" rx="1" opacity={tone} />
      ))}
    </svg>
  )
}
