import { listen } from "./embedded-registry/server.ts";

export type StsRequest = {
  readonly action: string | null;
  readonly role: string | null;
  readonly webIdentity: string | null;
  /** `KEY in REGION`; undefined: without a signature. */
  readonly signedBy: string | undefined;
};

export type Sts = {
  readonly url: string;
  readonly log: readonly StsRequest[];
  readonly stop: () => Promise<void>;
};

const SIGNED =
  /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)\/[0-9]{8}\/([a-z0-9-]+)\/sts\/aws4_request, SignedHeaders=[a-z0-9;-]*\bhost;[a-z0-9;-]*x-amz-date[a-z0-9;-]*, Signature=[0-9a-f]{64}$/;

/** Starts a double of AWS STS. AWS STS API reference, AssumeRole and AssumeRoleWithWebIdentity. */
export async function startSts({ refuses = false }: { readonly refuses?: boolean } = {}): Promise<Sts> {
  const log: StsRequest[] = [];
  const { host, stop } = await listen(undefined, (message, response) => {
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    message.on("end", () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
      const action = form.get("Action");
      const signature = SIGNED.exec(message.headers.authorization ?? "");
      const signedBy = signature === null ? undefined : `${signature[1]} in ${signature[2]}`;
      const webIdentity = form.get("WebIdentityToken");
      log.push({ action, role: form.get("RoleArn"), webIdentity, signedBy });
      const isAllowed = !refuses && (action === "AssumeRole" ? signedBy !== undefined : webIdentity !== null);
      response.writeHead(isAllowed ? 200 : 403, { "content-type": "text/xml" });
      response.end(isAllowed ? granted(action ?? "", form.get("RoleArn") ?? "") : REFUSED);
    });
  });
  return { url: `http://${host}`, log, stop };
}

const REFUSED = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::1:user/me is not authorized</Message></Error>
  <RequestId>1</RequestId>
</ErrorResponse>`;

function granted(action: string, role: string): string {
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <${action}Result>
    <Credentials>
      <AccessKeyId>ASIAROLE</AccessKeyId>
      <SecretAccessKey>secret-of-the-role</SecretAccessKey>
      <SessionToken>session-of-${action}</SessionToken>
      <Expiration>${expiration}</Expiration>
    </Credentials>
    <AssumedRoleUser><AssumedRoleId>AROA:me</AssumedRoleId><Arn>${role}</Arn></AssumedRoleUser>
  </${action}Result>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</${action}Response>`;
}
