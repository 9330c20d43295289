// Judge a description of events: the document comes in, what is wrong with it goes out as JSON.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [parser, source] = process.argv.slice(2);
const { Parser } = createRequire(import.meta.url)(parser);
const found = await new Parser().validate(readFileSync(0, "utf8"), { source });
process.stdout.write(JSON.stringify(found.map(({ code, message, path }) => ({ code, message, path }))));
