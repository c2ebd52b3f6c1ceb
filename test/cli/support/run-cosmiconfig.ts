import { cosmiconfig } from "cosmiconfig";

/** Runs cosmiconfig without restrictions, to show that a marker file reveals whether code ran. */
try {
  await cosmiconfig("imgsync").search();
} catch {
  // it may reject what it found after it has already run the code
}
