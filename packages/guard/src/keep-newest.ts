/** Adds an entry as the newest, and drops the oldest beyond `max`. */
export function keepNewest<T>(entries: Map<string, T>, max: number, key: string, value: T): void {
  entries.delete(key) // so that it becomes the newest
  entries.set(key, value)
  for (const oldest of entries.keys()) {
    if (entries.size <= max) return
    entries.delete(oldest)
  }
}
