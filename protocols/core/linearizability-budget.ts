/** Counts search steps, since a core has no clock. */
export class Budget {
  spent = 0;
  constructor(readonly max: number) {}

  get isSpent(): boolean {
    return this.spent >= this.max;
  }

  spend(steps: number): void {
    this.spent += steps;
  }

  /** One of `parts` equal shares of what is left. */
  share(parts: number): Budget {
    return new Budget(Math.max(1, Math.floor((this.max - this.spent) / parts)));
  }
}
