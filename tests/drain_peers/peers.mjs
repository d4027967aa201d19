// What tests/drain measures beside the outbox: pg-boss and graphile-worker drain the same number of jobs of the same size into a handler
// that does nothing. node peers.mjs pg-boss|graphile-worker URL JOBS BYTES: prints jobs a second, from the first claim until
// the last job is written down as done.
import pg from "pg";

const [, , peer, url, jobs, bytes] = process.argv;
const count = Number(jobs), data = { letter: "x".repeat(Number(bytes)) };

// Each fetch asks for a batch, several at a time, and a batch is completed by one statement: https://timgit.github.io/pg-boss/#/./api/jobs
async function pgBoss() {
    const { PgBoss } = await import("pg-boss");
    const batchSize = 5_000, fetchers = 2;
    const boss = new PgBoss({ connectionString: url, max: fetchers + 2, supervise: false, schedule: false });
    boss.on("error", (error) => { throw error; });
    await boss.start();
    await boss.createQueue("letters");
    for (let from = 0; from < count; from += 10_000) {
        await boss.insert("letters", Array.from({ length: Math.min(10_000, count - from) }, () => ({ data })));
    }
    await settle();
    const begun = process.hrtime.bigint();
    let done = 0;
    await Promise.all(Array.from({ length: fetchers }, async () => {
        for (;;) {
            const batch = await boss.fetch("letters", { batchSize });
            if (!batch.length) return;
            await boss.complete("letters", batch.map((job) => job.id));
            done += batch.length;
        }
    }));
    report(begun, done);
    await boss.stop({ graceful: false });
}

// A local queue, and completions written in batches: https://worker.graphile.org/docs/performance
async function graphileWorker() {
    const { makeWorkerUtils, run } = await import("graphile-worker");
    const utils = await makeWorkerUtils({ connectionString: url });
    await utils.migrate();
    for (let from = 0; from < count; from += 10_000) {
        await utils.addJobs(Array.from({ length: Math.min(10_000, count - from) }, () => ({ identifier: "letter", payload: data })));
    }
    await settle();
    let done = 0, finish;
    const finished = new Promise((resolve) => { finish = resolve; });
    const begun = process.hrtime.bigint();
    const quiet = () => () => {};
    const { Logger } = await import("graphile-worker");
    const runner = await run({
        connectionString: url,
        noHandleSignals: true,
        logger: new Logger(quiet),
        preset: { worker: {
            concurrentJobs: 24, maxPoolSize: 10, pollInterval: 100,
            localQueue: { size: 500 },
            completeJobBatchDelay: 0, failJobBatchDelay: 0,
        } },
        taskList: { letter: () => { if (++done === count) finish(); } },
    });
    await finished;
    // Returns when the last completions are written.
    await runner.stop();
    report(begun, done);
    await utils.release();
}

function report(begun, done) {
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    if (done !== count) throw new Error(`${done} of ${count} jobs were done`);
    console.log(Math.round(count / seconds));
}

async function settle() {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("vacuum analyze");
    await client.query("checkpoint");
    await client.end();
}

await (peer === "pg-boss" ? pgBoss() : graphileWorker());
process.exit(0);
