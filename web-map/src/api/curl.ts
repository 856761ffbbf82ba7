/** A request as a line for a shell, so that what the page asked can be asked again without it. */

/** One word for the shell, whatever stands in it. */
const word = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export const curlOf = (origin: string, path: string): string => `curl ${word(origin + path)}`;
