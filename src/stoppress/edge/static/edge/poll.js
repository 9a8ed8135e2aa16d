/* One question: what comes after this cursor? The same address gives everybody the same answer.

   → { cursor: "5f2c-36", wait: 5, changes: […], more?: true }   or   { reset: true } */

export async function ask(slug, cursor) {
  const answer = await fetch(`/live/${slug}/changes/${cursor}`, {
    cache: "no-cache",
    credentials: "omit",
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`changes: ${answer.status}`);
  return answer.json();
}
