// Loaded into the processes of `npm run test:unit`: a test that starts a program fails with its name.
import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

for (const name of ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"]) {
  childProcess[name] = (program) => {
    throw new Error(`a unit test starts "${program}": list it in scripts/test-runner/unit-files.mjs`);
  };
}
syncBuiltinESMExports();
