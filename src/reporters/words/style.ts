import { styleText } from "node:util";

/** Text styles. Without colour each returns its text unchanged, so colour must not carry information of its own. */
export type Style = Readonly<Record<"bold" | "dim" | "red" | "green" | "yellow" | "cyan", (text: string) => string>>;

/** The caller decides whether to use colour (terminal, NO_COLOR, flag). */
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
