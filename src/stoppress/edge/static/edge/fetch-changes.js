/* Fetches the changes after a cursor. The same address returns the same answer to every client.

   → { cursor: "5f2c-36", wait: 5, changes: […], more?: true }   or   { reset: true } */

const TIMEOUT = 10_000;      // milliseconds

export async function fetchChanges(slug, cursor) {
  const response = await fetch(`/live/${slug}/changes/${cursor}`, {
    cache: "no-cache",
    credentials: "omit",
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!response.ok) throw new Error(`changes: ${response.status}`);
  return response.json();
}
