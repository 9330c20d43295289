// Uploads a file with an unmodified tus-js-client through a line that is cut six times.
import { createReadStream, statSync } from "node:fs";
import net from "node:net";
import { Upload } from "tus-js-client";

const [endpoint, path, purpose, device] = process.argv.slice(2);
const size = statSync(path).size;
const target = new URL(endpoint);
const CUTS = 6;
let cuts = 0;

const line = net.createServer((phone) => {
  const server = net.connect(Number(target.port), target.hostname);
  let seen = 0;
  phone.on("data", (data) => {
    seen += data.length;
    if (cuts < CUTS && seen > size / 9) {
      cuts += 1;
      server.end();
      phone.destroy();
      return;
    }
    server.write(data);
  });
  server.on("data", (data) => phone.write(data));
  for (const [one, other] of [[phone, server], [server, phone]]) {
    one.on("close", () => other.destroy());
    one.on("error", () => other.destroy());
  }
});

await new Promise((done) => line.listen(0, "127.0.0.1", done));
const through = (address) => {
  const url = new URL(address);
  url.hostname = "127.0.0.1";
  url.port = String(line.address().port);
  return url.toString();
};

const upload = new Upload(createReadStream(path), {
  endpoint: through(endpoint),
  uploadSize: size,
  chunkSize: Number(process.env.CHUNK ?? 4 * 1024 * 1024),
  metadata: { purpose },
  headers: { "Tinhs-Device": device },
  retryDelays: Array(40).fill(200),
  onError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess: () => {
    console.log(JSON.stringify({ url: upload.url, cuts }));
    process.exit(0);
  },
});
upload.start();
