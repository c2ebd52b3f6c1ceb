/** Returns the user of a Basic header, if the password is right. RFC 7617. */
export function basicUser(header: string | undefined, users: Readonly<Record<string, string>>): string | undefined {
  const match = /^Basic +(\S+)$/i.exec(header ?? "");
  if (match?.[1] === undefined) return undefined;
  const text = Buffer.from(match[1], "base64").toString("utf8");
  const colon = text.indexOf(":");
  const user = text.slice(0, colon);
  const password = Object.hasOwn(users, user) ? users[user] : undefined;
  return colon > 0 && password === text.slice(colon + 1) ? user : undefined;
}
