// Judge pages: `node look.mjs ORIGIN PATH…` tells, as JSON, what Lighthouse has against each of them.
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [origin, ...paths] = process.argv.slice(2);
const chromeFlags = ["--headless", "--no-sandbox", "--disable-gpu"];
const chrome = await launch({ chromePath: "/usr/bin/chromium", chromeFlags });
const settings = { onlyCategories: ["accessibility", "best-practices", "seo"], output: "json" };
const found = {};
for (const path of paths) {
  const told = await lighthouse(origin + path, { port: chrome.port, logLevel: "silent", ...settings });
  const { categories, audits, runtimeError } = told.lhr;
  const weighty = Object.values(categories).flatMap((each) =>
    each.auditRefs.filter((ref) => ref.weight > 0).map((ref) => audits[ref.id]));
  found[path] = {
    scores: Object.fromEntries(Object.values(categories).map((each) => [each.id, each.score])),
    against: weighty.filter((each) => each.score !== null && each.score < 1).map((each) => each.id),
    error: runtimeError?.message ?? "",
  };
}
chrome.kill();
console.log(JSON.stringify(found));
