/** One operation as it was seen from outside. */
export interface Operation<State> {
  readonly name: string;
  /** When it was asked for, and when it was answered. */
  readonly begin: number;
  readonly end: number;
  /** The states that it may leave behind, given what it answered; none where that answer is impossible. */
  readonly after: (state: State) => readonly State[];
}

/**
 * Whether there is an order of the operations that explains every answer, and in which none comes before one that had
 * been answered when it was asked for (Wing and Gong). `State` must be plain data.
 */
export function isLinearizable<State>(history: readonly Operation<State>[], initial: State): boolean {
  const dead = new Set<string>();
  function explains(left: readonly Operation<State>[], state: State): boolean {
    if (left.length === 0) return true;
    const key = `${left.map((operation) => history.indexOf(operation)).join(' ')} ${JSON.stringify(state)}`;
    if (dead.has(key)) return false;
    const firstEnd = Math.min(...left.map(({ end }) => end));
    const found = left
      .filter(({ begin }) => begin <= firstEnd)
      .some((next) => {
        const rest = left.filter((operation) => operation !== next);
        return next.after(state).some((after) => explains(rest, after));
      });
    if (!found) dead.add(key);
    return found;
  }
  return explains(history, initial);
}
