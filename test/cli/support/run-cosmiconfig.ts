import { cosmiconfig } from "cosmiconfig";

/** What would happen without any care: shows that a marker file does tell whether code ran. */
try {
  await cosmiconfig("imgsync").search();
} catch {
  // it may well fail over what it was led to, when the code has long been started
}
