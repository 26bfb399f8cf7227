/** The plain id inside a global one; some fields of the API carry it alone. */
export function plainId(globalId: string): string {
  try {
    return atob(globalId).split(":")[1] ?? globalId;
  } catch {
    return globalId;
  }
}
