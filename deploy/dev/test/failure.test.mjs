import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { brokenJson, failureIn, failureOf, placeIn, sentence, within } from "../failure.mjs";
import { scratch } from "./support.mjs";

const LAYER = "/workspace/deploy/loa-identity";
const OWN = "    at jitiRequire (/opt/loa/gateway/node_modules/jiti/dist/jiti.cjs:1:179335)";

/** An error as it was caught, with the stack that the loader gave it. */
function caught(message, frames = [], { name = "Error", layer = LAYER } = {}) {
  const places = frames.map((it) => `    at ${it.replace("@", layer)}`);
  const stack = [`${name}: ${message}`, ...places, OWN].join("\n");
  return Object.assign(new Error(message), { name, stack });
}

describe("an error of the layer's code", () => {
  for (const [what, error, file, line, text] of [
    [
      "that cannot be parsed",
      caught(`ParseError: Unexpected token  \n ${LAYER}/scheduler.ts:12:22`, ["@/index.ts:1:191"]),
      "scheduler.ts", 12, "ParseError: Unexpected token",
    ],
    [
      "that cannot be parsed, with a space in its name",
      caught(`ParseError: Missing semicolon.  \n ${LAYER}/a b/c's (1).ts:2:9`, ["@/index.ts:1:191"]),
      "a b/c's (1).ts", 2, "ParseError: Missing semicolon.",
    ],
    ["thrown at top level", caught("boom", ["@/wal.ts:3:7", "@/index.ts:1:191"]), "wal.ts", 3, "boom"],
    [
      "thrown in a function",
      caught("x is not defined", ["register (@/index.ts:3:14)"], { name: "ReferenceError" }),
      "index.ts", 3, "ReferenceError: x is not defined",
    ],
    ["of many lines", caught("first\nsecond", ["f (@/wal.ts:1:1)"]), "wal.ts", 1, "first"],
    [
      "that imports a file that is not there",
      caught(
        `Cannot find module './nope.ts'\nRequire stack:\n- ${LAYER}/wal.ts`,
        ["Function._resolveFilename (node:internal/modules/cjs/loader:1383:15)", "@/wal.ts:2:36"],
      ),
      "wal.ts", 2, "Cannot find module './nope.ts'",
    ],
    [
      "that imports a package that is not there",
      caught(`Cannot find module 'left-pad'\nRequire stack:\n- ${LAYER}/wal.ts`, ["@/wal.ts:7:45"]),
      "wal.ts", 7, "Cannot find module 'left-pad'",
    ],
    [
      "that imports what is not there, and no stack says where",
      { message: `Cannot find module './nope.ts'\nRequire stack:\n- ${LAYER}/wal.ts` },
      "wal.ts", null, "Cannot find module './nope.ts'",
    ],
    ["that is a text", "just text", null, null, "just text"],
    ["that is nothing", null, null, null, "null"],
    ["that is no error", { code: 3 }, null, null, "[object Object]"],
    ["of somebody else's", caught("theirs"), null, null, "theirs"],
  ]) {
    test(what, () => {
      const failure = failureOf(error, LAYER);
      assert.deepEqual(failure, { file: file && join(LAYER, file), line, text });
    });
  }

  test("is kept short", () => {
    assert.equal(failureOf(caught("x".repeat(5_000)), LAYER).text.length, 300);
  });

  test("that is JSON is placed in the JSON, not where it is imported", (t) => {
    const layer = scratch(t, { "b.json": '{\n "a": 1,\n oops\n}' });
    const message = `${layer}/b.json: Expected double-quoted property name in JSON at position 12`;
    const error = caught(message, ["@/index.ts:1:2"], { name: "SyntaxError", layer });
    const { file, line } = failureOf(error, layer);
    assert.deepEqual([file, line], [join(layer, "b.json"), 3]);
  });
});

test("a layer in a directory of an odd name is found too", () => {
  const layer = "/home/a+b (copy)/[x]";
  const { file, line } = placeIn(`at f (${layer}/a.ts:4:2)`, layer);
  assert.deepEqual([file, line], [`${layer}/a.ts`, 4]);
});

describe("JSON that cannot be parsed", () => {
  for (const [what, text, line] of [
    ["a word", '{\n  "id": oops\n}', 2],
    ["a comma too many", '{\n  "a": 1,\n}', 3],
    ["a comma too few", '{\n  "a": 1\n  "b": 2\n}', 3],
    ["a quote that is not closed", '{\n  "a": "x\n}\n', 2],
    ["an end too early", '{\n  "a": {\n    "b": 1\n', 4],
    ["nothing", "", 1],
    ["only space", "\n\n", 3],
    ["a word alone", "oops", 1],
    ["a word in a long file", `{\n${'  "key": "value",\n'.repeat(40)}  oops\n}`, 42],
    ["a word on the second line", '{\n"a": x', 2],
  ]) {
    test(`${what} is placed`, (t) => {
      const file = join(scratch(t, { "plugin.json": text }), "plugin.json");
      const failure = brokenJson([file]);
      assert.deepEqual([failure.file, failure.line], [file, line], failure.text);
      assert.doesNotMatch(failure.text, /\n/);
    });
  }

  // What was to be parsed is padded, so that as much is quoted as can be.
  const TEXT = '{\n  "id": "value",\n  oops\n}';
  for (const [what, message, line] of [
    ["of Node 18", "Unexpected token o in JSON at position 40", 3],
    ["of Node 20", `Unexpected token 'o', ..."value",\n  oops\n}     "... is not valid JSON`, 3],
    ["of Node 22", "Expected ',' or '}' in JSON at position 39 (line 3 column 21)", 3],
    ["for an end too early", "Unexpected end of JSON input", 4],
    ["that nobody knows", "no", 4],
  ]) {
    test(`the words ${what}`, (t) => {
      const root = scratch(t, { "a.json": TEXT });
      t.mock.method(JSON, "parse", () => {
        throw new SyntaxError(message);
      });
      assert.equal(brokenJson([join(root, "a.json")]).line, line);
    });
  }

  test("is none where all is well, or nothing is there", (t) => {
    const root = scratch(t, { "a.json": "{}", "b.ts": "{" });
    assert.equal(brokenJson(["a.json", "b.ts", "gone.json"].map((it) => join(root, it))), null);
  });
});

describe("what a gateway printed before it ended", () => {
  const otherwise = "the gateway ended while it loaded the layer";
  const in_ = (lines, t, files) => failureIn(lines, scratch(t, files), otherwise);

  test("is Node's own report before what only looks like one", (t) => {
    const layer = scratch(t);
    const lines = [
      "2026-11-24T01:37:26.626Z [gateway] error counts are reset",
      `${layer}/wal.ts:3`,
      "throw new Error('boom');",
      "^",
      "",
      "Error: boom",
      `    at ${layer}/wal.ts:3:7`,
    ];
    const failure = failureIn(lines, layer, otherwise);
    assert.deepEqual(failure, { file: join(layer, "wal.ts"), line: 3, text: "Error: boom" });
  });

  test("is otherwise the first line that tells of an error", (t) => {
    const failure = in_(["fine", "2026-11-24T01:37:26.626Z [gateway] cannot go on", "more"], t);
    assert.deepEqual(failure, { file: null, line: null, text: "cannot go on" });
  });

  test("may be its very first line", (t) => {
    const failure = in_(["Error: boom", "TypeError: more"], t);
    assert.deepEqual(failure, { file: null, line: null, text: "Error: boom" });
  });

  test("may be nothing", (t) => {
    assert.deepEqual(in_(["fine"], t), { file: null, line: null, text: otherwise });
  });

  test("does not matter where the manifest cannot be parsed", (t) => {
    const failure = in_(["Error: other"], t, { "clawdbot.plugin.json": "{\n," });
    assert.equal(failure.line, 2);
    assert.match(failure.file, /clawdbot\.plugin\.json$/);
  });
});

test("a failure is one sentence, with as much of its place as is known", () => {
  const failure = { file: "/workspace/deploy/a.ts", line: 12, text: "SyntaxError: no" };
  assert.equal(sentence(within("/workspace", failure)), "deploy/a.ts:12: SyntaxError: no");
  assert.equal(sentence({ file: "deploy/a.ts", line: null, text: "no" }), "deploy/a.ts: no");
  assert.equal(sentence(within("/workspace", { file: null, line: null, text: "no" })), "no");
});
