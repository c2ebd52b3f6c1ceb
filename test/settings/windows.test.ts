import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { homePaths } from "../../src/settings/config-files.ts";
import { convert } from "../../src/settings/config-names.ts";
import { ownFile } from "../../src/settings/own-file.ts";
import { validate } from "../../src/schema/validate.ts";

const home = "C:\\Users\\me";
const pathsWith = (environment: Readonly<Record<string, string>>) =>
  homePaths({ home, environment, system: "windows" });

describe("settings on Windows", () => {
  it("are read from %APPDATA%\\imgsync, then from the home folder", () => {
    const roaming = `${home}\\AppData\\Roaming`;
    assert.deepEqual(pathsWith({ APPDATA: roaming }), [
      `${roaming}\\imgsync\\config.yaml`,
      `${roaming}\\imgsync\\config.yml`,
      `${roaming}\\imgsync\\config.json`,
      `${home}\\.imgsyncrc`,
      `${home}\\.imgsyncrc.yaml`,
      `${home}\\.imgsyncrc.yml`,
      `${home}\\.imgsyncrc.json`,
    ]);
    assert.deepEqual(pathsWith({}), pathsWith({ APPDATA: roaming }));
    assert.equal(pathsWith({ APPDATA: "D:\\Roaming" })[0], "D:\\Roaming\\imgsync\\config.yaml");
    assert.equal(pathsWith({ APPDATA: roaming, XDG_CONFIG_HOME: "D:\\xdg" })[0], "D:\\xdg\\imgsync\\config.yaml");
  });

  it("are named in messages by a place that is read", () => {
    const place = ownFile("windows").replace("%APPDATA%", "D:\\Roaming");
    assert.equal(pathsWith({ APPDATA: "D:\\Roaming" })[0], place);
    const posix = homePaths({ home: "/home/me", environment: {}, system: "posix" });
    assert.equal(posix[0], ownFile("posix").replace("~", "/home/me"));
  });

  it("are read from XDG_CONFIG_HOME or .config on other systems, whatever APPDATA is", () => {
    const environment = { APPDATA: "/roaming" };
    assert.equal(
      homePaths({ home: "/home/me", environment, system: "posix" })[0],
      "/home/me/.config/imgsync/config.yaml",
    );
  });

  it("separate folders with a semicolon, because paths have a colon", () => {
    assert.deepEqual(convert("C:\\keys; D:/ca ;", "folders", "windows"), ["C:\\keys", "D:/ca"]);
    assert.deepEqual(convert("/keys:/a;b", "folders", "posix"), ["/keys", "/a;b"]);
    assert.deepEqual(convert("a:5000,b", "hosts", "windows"), ["a:5000", "b"]);
  });

  it("may name a docker program by its path", async () => {
    for (const dockerCommand of [
      "C:\\Program Files\\Docker\\docker.exe",
      "C:/docker.exe",
      "docker.exe",
      "/usr/bin/docker",
    ])
      assert.deepEqual(await validate("config", { dockerCommand }), [], dockerCommand);
    for (const dockerCommand of ["C:docker.exe", ".\\docker.exe", "tools\\docker.exe", "\\docker.exe"])
      assert.equal((await validate("config", { dockerCommand })).length, 1, dockerCommand);
  });
});
