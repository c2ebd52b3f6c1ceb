import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { type Daemon, startDaemon } from "../../support/daemon.ts";
import { freePort } from "../../support/free-port.ts";
import { runProgramOk } from "../../support/programs.ts";
import { removeAtExit } from "./ending.ts";
import { type ClusterApi, connectToCluster } from "./cluster-api.ts";

/** etcd, kube-apiserver and kube-controller-manager on loopback, with RBAC and the controllers of Deployment and Job. */
export type ControlPlane = {
  readonly api: ClusterApi;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Kills the API server as a crash does. */
  readonly stopApiServer: () => Promise<void>;
  /** Starts it again at the same address. */
  readonly startApiServer: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const ADMIN_TOKEN = "administrator";
const CONTROLLERS = [
  "deployment-controller",
  "garbage-collector-controller",
  "job-controller",
  "namespace-controller",
  "replicaset-controller",
  "root-ca-certificate-publisher-controller",
  "serviceaccount-controller",
];

/** @throws Error if the programs are not built */
export async function startControlPlane(): Promise<ControlPlane> {
  const programs = process.env["IMGSYNC_CONTROL_PLANE"];
  if (programs === undefined) throw new Error("run these tests with npm run test:kubernetes");
  const folder = await mkdtemp(join(tmpdir(), "imgsync-kubernetes-"));
  removeAtExit(folder);
  const certificates = await makeCertificates();
  const daemons: Daemon[] = [];
  const stop = async (): Promise<void> => {
    for (const daemon of daemons.toReversed()) await daemon.kill();
    await certificates.remove();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const etcd = await startEtcd(programs, folder);
    daemons.push(etcd.daemon);
    const port = await freePort();
    const url = `https://127.0.0.1:${port}`;
    const api = connectToCluster(url, { ca: certificates.ca, token: ADMIN_TOKEN });
    const words = await apiServerWords(folder, { port, etcd: etcd.url, certificates });
    let apiServer: Daemon | undefined;
    const startApiServer = async (): Promise<void> => {
      apiServer = startDaemon([join(programs, "kube-apiserver"), ...words]);
      daemons.push(apiServer);
      const isReady = async (): Promise<boolean> =>
        (await api.send("GET", "/readyz").catch(() => undefined))?.status === 200;
      if (!(await apiServer.untilReady(isReady))) throw new Error(`kube-apiserver: ${apiServer.log()}`);
    };
    await startApiServer();
    daemons.push(
      startDaemon([join(programs, "kube-controller-manager"), ...(await managerWords(folder, url, certificates))]),
    );
    return {
      api,
      url,
      port,
      stopApiServer: async () => apiServer?.kill(),
      startApiServer,
      stop: async () => {
        api.close();
        await stop();
      },
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function startEtcd(programs: string, folder: string): Promise<{ readonly url: string; readonly daemon: Daemon }> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const daemon = startDaemon([
    join(programs, "etcd"),
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    "--log-level=error",
    // the data does not outlive the test
    "--unsafe-no-fsync",
  ]);
  const isReady = async (): Promise<boolean> => (await fetch(`${client}/health`).catch(() => undefined))?.ok === true;
  if (!(await daemon.untilReady(isReady))) throw new Error(`etcd: ${daemon.log()}`);
  return { url: client, daemon };
}

type Server = { readonly port: number; readonly etcd: string; readonly certificates: Certificates };

async function apiServerWords(folder: string, { port, etcd, certificates }: Server): Promise<readonly string[]> {
  const tokens = join(folder, "tokens.csv");
  await writeFile(tokens, `${ADMIN_TOKEN},admin,admin,system:masters\n`);
  const key = join(folder, "service-accounts.key");
  await runProgramOk("openssl", ["genrsa", "-out", key, "2048"]);
  return [
    `--etcd-servers=${etcd}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${folder}`,
    `--tls-cert-file=${certificates.server.certificateFile}`,
    `--tls-private-key-file=${certificates.server.keyFile}`,
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    "--service-cluster-ip-range=10.0.0.0/24",
    `--token-auth-file=${tokens}`,
    "--authorization-mode=RBAC",
    "-v=0",
  ];
}

async function managerWords(folder: string, url: string, { caFile }: Certificates): Promise<readonly string[]> {
  const kubeconfig = join(folder, "kubeconfig.json");
  const cluster = { server: url, "certificate-authority": caFile };
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      clusters: [{ name: "test", cluster }],
      users: [{ name: "admin", user: { token: ADMIN_TOKEN } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    }),
  );
  return [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${CONTROLLERS.join(",")}`,
    `--root-ca-file=${caFile}`,
    "--leader-elect=false",
    "--secure-port=0",
    "-v=0",
  ];
}
