/** Tables as text, RFC 4180. */

/** A cell as it is written: in quotes where it must be. */
export const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Rows of cells as RFC 4180 has them; comma, semicolon or tab, whichever the first line has most of. */
export function parseTable(text: string): string[][] {
  const plain = text.replace(/^\uFEFF/, "");
  const first = plain.slice(0, plain.search(/[\r\n]|$/));
  const separator = [",", ";", "\t"].reduce((best, one) =>
    first.split(one).length > first.split(best).length ? one : best,
  );
  const rows: string[][] = [];
  let [row, cell, open]: [string[], string, boolean] = [[], "", false];
  for (let i = 0; i < plain.length; i++) {
    const letter = plain[i] as string;
    if (open) {
      if (letter !== '"') cell += letter;
      else if (plain[i + 1] === '"') cell += plain[++i];
      else open = false;
    } else if (letter === '"' && cell === "") open = true;
    else if (letter === separator) {
      row.push(cell);
      cell = "";
    } else if (letter === "\n" || letter === "\r") {
      if (letter === "\r" && plain[i + 1] === "\n") i++;
      rows.push([...row, cell]);
      [row, cell] = [[], ""];
    } else cell += letter;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell]);
  return rows;
}

/** Hands a text over as a file to be kept. */
export function saveText(text: string, name: string, type = "text/csv"): void {
  // A spreadsheet takes a CSV for UTF-8 only by its mark.
  const url = URL.createObjectURL(new Blob([type === "text/csv" ? `\uFEFF${text}` : text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
