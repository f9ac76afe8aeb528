/** WGSL text less what is there for people only. */

/**
 * `code` without comments and without white space at either end of a line; every line stays where it is. Two texts that come out
 * alike compile alike, so fingerprints are taken of this.
 */
export const withoutComments = (code: string): string =>
  code
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ""))
    .replace(/\/\/[^\n]*/g, "")
    .replace(/^[ \t]+|[ \t]+$/gm, "");
