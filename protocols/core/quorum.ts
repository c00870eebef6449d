/** Pure arithmetic of majorities. */

/** The least number of `n` voters that any two such sets must share one of: floor(n/2) + 1. */
export function majority(n: number): number {
  return Math.floor(n / 2) + 1;
}

/** How many of `n` voters may be down while a majority remains: floor((n - 1) / 2). */
export function crashesTolerated(n: number): number {
  return n - majority(n);
}

/** Whether `voters` holds a majority of distinct members of `tally` (K10: identities are counted, not messages). */
export function isMajority<Id>(tally: ReadonlySet<Id>, voters: readonly Id[]): boolean {
  let count = 0;
  for (const voter of voters) if (tally.has(voter)) count++;
  return count >= majority(voters.length);
}

/**
 * The greatest value that a majority of `values` has reached: with one match index per voter, the index that
 * may be committed as far as counting goes (Raft Fig. 2). `values` must not be empty.
 */
export function majorityReached(values: readonly number[]): number {
  const needed = majority(values.length);
  let reached: number | null = null;
  for (const value of values) {
    if (reached !== null && value <= reached) continue;
    let count = 0;
    for (const other of values) if (other >= value) count++;
    if (count >= needed) reached = value;
  }
  if (reached === null) throw new Error('no voters');
  return reached;
}

/** How many of `n` replicas may lie while the others still agree and go on: floor((n - 1) / 3). */
export function faultsTolerated(n: number): number {
  return Math.floor((n - 1) / 3);
}

/**
 * The least number of `n` replicas such that any two such sets share an honest one: ceil((n + f + 1) / 2), which is
 * 2f + 1 for n = 3f + 1.
 */
export function byzantineQuorum(n: number): number {
  return Math.ceil((n + faultsTolerated(n) + 1) / 2);
}
