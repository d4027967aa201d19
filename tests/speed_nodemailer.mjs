// nodemailer's pool, for tests/speed: PORT CONNECTIONS LETTERS PARTS FROM TO; prints letters a second.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [port, connections, letters, parts, from, to] = process.argv.slice(2);
const { subject, text, html, calendar } = JSON.parse(readFileSync(parts, "utf8"));
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(port), secure: false, ignoreTLS: true, pool: true, maxConnections: Number(connections), maxMessages: Infinity,
});
const message = () => ({
  from, to, subject, text, html, attachments: [{ filename: "keshirim.ics", contentType: "text/calendar; charset=utf-8", content: calendar }],
});
const begun = process.hrtime.bigint();
const sent = await Promise.all(Array.from({ length: Number(letters) }, () => transport.sendMail(message())));
const accepted = sent.filter((info) => info.response.startsWith("250")).length;
if (accepted !== Number(letters)) throw new Error(`${accepted} of ${letters} accepted`);
console.log(Number(letters) / (Number(process.hrtime.bigint() - begun) / 1e9));
transport.close();
