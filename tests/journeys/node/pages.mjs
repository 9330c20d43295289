// Judge pages: `node pages.mjs FOLDER` tells, as JSON, what html-validate says of each file in it.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { FileSystemConfigLoader, HtmlValidate } from "html-validate";

const config = {
  root: true,
  extends: ["html-validate:standard", "html-validate:a11y", "html-validate:document"],
  rules: {
    // What the house serves itself needs no checksum; a button sends unless it says otherwise.
    "require-sri": ["error", { target: "crossorigin" }],
    "no-implicit-button-type": "off",
  },
};
const judge = new HtmlValidate(new FileSystemConfigLoader(config));
const folder = process.argv[2];
const found = [];
for (const name of (await readdir(folder)).sort()) {
  const report = await judge.validateFile(join(folder, name));
  for (const result of report.results)
    for (const message of result.messages)
      found.push(`${name}:${message.line}:${message.column} ${message.ruleId}: ${message.message}`);
}
console.log(JSON.stringify(found));
