// What a page drew and what the feed brought since, by key: of the two the newer is shown, whichever arrives first.

const places = new Map();  // key -> {tag, at, show, root}
const brought = new Map();  // key -> {tag, at, payload}

/** Draws `payload` in its place, or what the feed brought for the same tag if that is newer. `show` is called now and for each later one. */
export function place({ key, tag, at }, payload, root, show) {
  places.set(key, { tag, at, root, show });
  const newer = brought.get(key);
  if (newer && newer.tag === tag && newer.at > at) return show(newer.payload);
  brought.delete(key);
  return show(payload);
}

/** Brings a payload to its place, or keeps it until there is one. */
export function bring(key, tag, at, payload) {
  brought.set(key, { tag, at, payload });
  const there = places.get(key);
  if (there?.root.isConnected && there.tag === tag && at >= there.at) there.show(payload);
}

export function forget(key, root) {
  if (places.get(key)?.root !== root) return;
  places.delete(key);
  brought.delete(key);
}
