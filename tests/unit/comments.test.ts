import { expect, test } from "vitest";
import { withoutComments } from "../../src/wgsl/comments";

test("comments go, lines stay", () => {
  const code = "a = 1; // one\n/* two\n   lines */ b = a / 2;  \n\tc = b;";
  expect(withoutComments(code)).toBe("a = 1;\n\nb = a / 2;\nc = b;");
  expect(withoutComments(withoutComments(code))).toBe(withoutComments(code));
});
