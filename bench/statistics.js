export function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of the ratios round by round, and between what they lie. */
export function ratio(ours, theirs) {
  const ratios = ours.map((rate, round) => rate / theirs[round]);
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}
