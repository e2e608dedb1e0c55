// Who may use the gateway: whoever sends its token as `Authorization: Bearer`, with an upgrade to a
// WebSocket too. Never in the URL, which others write down.

/** Takes the same time whatever is wrong with the token; an unset one lets nobody in. */
export async function hasToken(request: Request, token: string | undefined): Promise<boolean> {
  const given = /^Bearer +(\S+) *$/i.exec(request.headers.get("Authorization") ?? "")?.[1] ?? "";
  const [one, other] = await Promise.all([digest(given), digest(token ?? "")]);
  return crypto.subtle.timingSafeEqual(one, other) && Boolean(token);
}

// Digests have one length; the tokens' own would show.
const digest = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
