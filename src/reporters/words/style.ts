import { styleText } from "node:util";

/** Ways to set off text. Without colour each returns its text as it is, so nothing may be said by colour alone. */
export type Style = Readonly<Record<"bold" | "dim" | "red" | "green" | "yellow" | "cyan", (text: string) => string>>;

/** Whether colour is wanted is decided by who calls (a terminal, NO_COLOR, a flag), never here. */
export function createStyle(color: boolean): Style {
  const paint = (name: keyof Style) => (text: string) =>
    color && text !== "" ? styleText(name, text, { validateStream: false }) : text;
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    cyan: paint("cyan"),
  };
}
