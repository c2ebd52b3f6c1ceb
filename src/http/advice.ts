/** What to do about a refusal, where the words of the product that refused it are known. */
type Advice = { readonly matches: RegExp; readonly statuses: readonly number[]; readonly hint: string };

const ADVICE: readonly Advice[] = [
  {
    // goharbor/harbor, src/server/middleware: contenttrust and vulnerable
    matches: /PROJECTPOLICYVIOLATION|is not signed|not been scanned|configured policy in|vulnerabilit/i,
    statuses: [403, 412],
    hint: "a policy of the project at the registry does not allow this image to be pulled: sign or scan it there, or have the project's administrator exempt it",
  },
  {
    matches: /manifest\.v1\+|schema ?(?:version )?1\b/i,
    statuses: [400, 404, 406, 415],
    hint: "the image is of Docker's old schema 1, which is not supported: rebuild or re-push it with a current tool",
  },
  {
    matches: /quota.{0,40}exceed|exceed.{0,60}quota/i,
    statuses: [403, 412, 413, 507],
    hint: "the project's quota at the registry is used up: free space there or raise the quota",
  },
];

/** The advice for a refusal with these words, or undefined. */
export function adviceFor(status: number, said: string): string | undefined {
  return ADVICE.find(({ matches, statuses }) => statuses.includes(status) && matches.test(said))?.hint;
}
