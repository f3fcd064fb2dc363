/** `$0`, `$0.0021`, `$0.315`, `$12.50`. */
export const money = (usd: number): string =>
  usd === 0 ? '$0' : usd < 0.01 ? `$${usd.toFixed(4)}` : `$${usd.toFixed(usd < 1 ? 3 : 2)}`
