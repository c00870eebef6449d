/** Whether two values of plain data are equal. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const field in left) if (!isSame(left[field], right[field])) return false;
  for (const field in right) if (!(field in left)) return false;
  return true;
}
