// nodemailer's pool, for tests/speed: PORT CONNECTIONS LETTERS FILE FROM TO; prints letters a second.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [port, connections, letters, file, from, to] = process.argv.slice(2);
const raw = readFileSync(file);
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(port), secure: false, ignoreTLS: true, pool: true, maxConnections: Number(connections), maxMessages: Infinity,
});
const begun = process.hrtime.bigint();
const sent = Array.from({ length: Number(letters) }, () => transport.sendMail({ envelope: { from, to: [to] }, raw }));
const accepted = (await Promise.all(sent)).filter((info) => info.response.startsWith("250")).length;
if (accepted !== Number(letters)) throw new Error(`${accepted} of ${letters} accepted`);
console.log(Number(letters) / (Number(process.hrtime.bigint() - begun) / 1e9));
transport.close();
