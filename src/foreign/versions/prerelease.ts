/** Compares two pre-releases by semver's rules: numbers before words, shorter before longer. */
export function comparePrereleases(one: string, other: string): number {
  const left = one.split(".");
  const right = other.split(".");
  for (const [at, part] of left.entries()) {
    const against = right[at];
    if (against === undefined) return 1;
    const order = compareIdentifiers(part, against);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareIdentifiers(one: string, other: string): number {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (isNumber && isOtherNumber) return compareNumbers(one, other);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return compareText(one, other);
}

/** A pre-release may have more digits than a number can hold. */
function compareNumbers(one: string, other: string): number {
  const [left, right] = [BigInt(one), BigInt(other)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
