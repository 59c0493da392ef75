const AT_ONCE = 32;

/** What `work` makes of each item, in their order; a few are under way at once. */
export async function mapAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let done = 0; done < items.length; done += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(done, done + AT_ONCE).map(work))));
  }
  return results;
}
