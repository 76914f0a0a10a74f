import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import bs58 from "bs58";
import nacl from "tweetnacl";

import { signRecord } from "../../js/index.js";
import { parseKey } from "../../js/cli/key-file.js";
import { dbsharing, startDbsharing } from "./run-command.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COMMANDS = ["demo", "node", "service", "verify", "sign", "publish", "keygen", "export", "import", "check", "stats"];
const SEED = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 1);
const KEYPAIR = nacl.sign.keyPair.fromSeed(SEED);

const folder = await mkdtemp(join(tmpdir(), "dbsharing-cli-"));
after(() => rm(folder, { recursive: true, force: true }));

const keyFile = await file("key.json", JSON.stringify([...KEYPAIR.secretKey]));

async function file(name, content) {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Asserts that a command ended with a code and one sentence on stderr, without a stack and with nothing on stdout. */
function assertSentence({ code, stdout, stderr }, expectedCode, pattern) {
  assert.match(stderr, pattern);
  assert.equal(code, expectedCode, stderr);
  assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  assert.doesNotMatch(stderr, /^\s+at /m);
  assert.equal(stdout, "");
}

// The command line itself

test("without a command, and with --help, it lists the commands", async () => {
  for (const args of [[], ["--help"], ["-h"], ["help"]]) {
    const { code, stdout } = await dbsharing(args);
    assert.equal(code, 0);
    for (const name of COMMANDS) assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  }
});

test("every command has its own help, with all its options", async () => {
  for (const name of COMMANDS) {
    const { command } = await import(`../../js/cli/commands/${name}.js`);
    const { code, stdout } = await dbsharing([name, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: dbsharing ${name} `));
    for (const option of Object.keys(command.options)) assert.match(stdout, new RegExp(`^  --${option} `, "m"));
  }
});

test("each way to ask for the version prints the package's version", async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  for (const asked of ["--version", "-v", "version"])
    assert.deepEqual(await dbsharing([asked]), { code: 0, stdout: `${version}\n`, stderr: "" });
});

for (const [args, pattern] of [
  [["nod"], /unknown command "nod"; did you mean node\? See dbsharing --help/],
  [["start"], /unknown command "start"; did you mean node\?/],
  [["constructor"], /unknown command "constructor"; there are demo, /],
  [["xyzzy"], /unknown command "xyzzy"; there are demo, service, node, .* stats; see dbsharing --help/],
  [["--port", "1"], /unknown option --port; the name of a command comes first/],
  [["node", "--task", "t"], /dbsharing node: unknown option --task; did you mean --task-id\? See dbsharing node --help/],
  [["node", "-x"], /unknown option -x/],
  [["node", "--service-url=http://a", "--data=d", "--port=1"], /--task-id is missing; wanted the id of the task/],
  [["node"], /--task-id, --service-url, --port and --data or --memory are missing/],
  [["node", "--memory"], /--task-id, --service-url and --port are missing/],
  [["service"], /--port is missing/],
  [["service", "--port"], /--port has no value; wanted a port/],
  [
    ["service", "--port", "--host"],
    /--port has no value; wanted a port, .*; a value that begins with a dash is written --port=--host/,
  ],
  [["service", "--port", "65536"], /--port is "65536"; wanted a whole number from 0 to 65535/],
  [["service", "--port", "eighty"], /--port is "eighty"; wanted a whole number from 0 to 65535/],
  [["service", "--port", ""], /--port is empty; wanted a port, or 0 for a free one/],
  [["service", "--port", "1", "--json=yes"], /--json has a value; it takes none/],
  [["service", "30017"], /unexpected argument "30017": this command takes no arguments/],
  [["demo", "--records", "-1"], /--records is "-1"; wanted a whole number from 1 to 10000/],
  [["demo", "--nodes", "0"], /--nodes is "0"; wanted a whole number from 1 to 30/],
  [["demo", "--interval", "1e999"], /--interval is "1e999"; wanted a number of seconds from 0\.1 to 60/],
  [["verify"], /FILE, or - for standard input, is missing/],
  [["verify", "a", "b"], /unexpected argument "b"/],
  [["verify", "a", "--identity", "both"], /--identity is "both"; wanted record or owner/],
  [["verify", "a", "--now", "1.5"], /--now is "1\.5"; wanted a whole number/],
  [["sign"], /--key is missing; wanted a key file/],
  [["sign", "--key", "-"], /the data and the key cannot both be standard input/],
  [["export", "records.ndjson"], /unexpected argument "records\.ndjson": this command takes no arguments/],
  [["import", "a", "b", "a"], /a is given twice/],
  [["import", "a", ""], /FILE, FOLDER or - is empty; wanted a name/],
  [["check", "--db"], /--db has no value; wanted the folder of a database/],
  [["stats", "--identity", "owner"], /unknown option --identity/],
  [["publish", "--to", "ftp://a"], /--to is "ftp:\/\/a"; wanted an address like http:\/\/127\.0\.0\.1:8080/],
  [["publish", "--to", "not a url"], /--to is "not a url"; wanted an address/],
  [["publish", "--to", "http://a", "--timestamp", "now"], /--timestamp changes what is signed; wanted --key with it/],
  [
    ["publish", "--to", "localhost:80"],
    /--to is "localhost:80"; wanted an address .*; did you mean http:\/\/localhost:80\? See/,
  ],
  [["verify", ""], /FILE, or - for standard input, is empty; wanted a name/],
  [["export", "--out="], /--out is empty; wanted a file, or - for standard output/],
  [
    ["publish", "--to=http://a", "--ca=package.json"],
    /package\.json for --ca holds no certificate; wanted a file of certificates in PEM/,
  ],
  [["publish", "--to=http://a", "--ca=gone.pem"], /cannot read gone\.pem for --ca: there is no such file/],
  [["publish", "--to=http://a", "--to=http://b"], /--to is given twice/],
  [["update"], /unknown command "update"; did you mean publish\?/],
  [["keygen", "--out=gone/key.json"], /cannot write gone\/key\.json: there is no such folder/],
  [
    ["node", "--task-id=t", "--service-url=http://a", "--data=package.json", "--port=0"],
    /package\.json cannot be opened: it is a file; wanted a folder/,
  ],
  [
    ["node", "--task-id=t", "--service-url=http://a", "--data=d", "--port=1", "--host=0.0.0.0"],
    /is every address of this machine; wanted in --public-url: the one that other nodes use/,
  ],
]) {
  test(`wrong: dbsharing ${JSON.stringify(args.join(" ").slice(0, 80)).slice(1, -1)}`, async () => {
    assertSentence(await dbsharing(args), 2, pattern);
  });
}

test("with --json a failure is an object on the stream where the command prints its objects", async () => {
  const cases = [
    [["check", "--db", "gone"], { ok: false, code: "CANNOT_RUN", message: /^there is no folder gone/ }],
    [["verify", "gone.json"], { ok: false, code: "CANNOT_RUN", message: /there is no such file/ }],
    [["publish"], { ok: false, code: "USAGE", message: /--to is missing/ }],
    [["node", "--memory"], { event: "failed", ok: false, code: "USAGE", message: /are missing/ }],
    [["export", "--db", "gone", "--out", "file"], { ok: false, code: "CANNOT_RUN", message: /no folder/ }],
  ];
  for (const [args, { message, ...expected }] of cases) {
    const { stdout, stderr } = await dbsharing([...args, "--json"]);
    const { atMs, message: said, ...failure } = JSON.parse(stdout);
    assert.deepEqual(failure, expected);
    assert.equal(typeof atMs, expected.event ? "number" : "undefined");
    assert.match(said, message);
    assert.match(stderr, /^dbsharing /);
  }
  const { stdout, stderr } = await dbsharing(["export", "--db", "gone", "--json"]);
  assert.deepEqual([stdout, JSON.parse(stderr.split("\n")[0]).ok], ["", false]);
  const posted = await dbsharing(["publish", "--to", "http://127.0.0.1:9", "--json"], {
    input: JSON.stringify(signRecord({ uuid: "a", timestamp: 1 }, SEED)),
  });
  assert.equal(JSON.parse(posted.stdout).url, "http://127.0.0.1:9/linktree", "one object, the result");
});

test("a reader that leaves early is not reported as a fault, and the command does not succeed", async () => {
  const body = await file("many.json", JSON.stringify(Array(20_000).fill({})));
  const { child, closed, stderr } = startDbsharing(["verify", body]);
  child.stdout.destroy();
  assert.equal(await closed, 141);
  assert.equal(stderr(), "");
});

// Keys

test("keygen writes a key that only its owner can read, and never overwrites one", async () => {
  const path = join(folder, "new-key.json");
  const { code, stdout } = await dbsharing(["keygen", "--out", path]);
  assert.equal(code, 0);
  const secretKey = Uint8Array.from(JSON.parse(await readFile(path, "utf8")));
  assert.equal(secretKey.length, 64);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal(stdout.trim(), bs58.encode(nacl.sign.keyPair.fromSecretKey(secretKey).publicKey));
  assert.deepEqual(nacl.sign.keyPair.fromSeed(secretKey.slice(0, 32)).secretKey, secretKey);
  assertSentence(await dbsharing(["keygen", "--out", path]), 2, /it exists, and a key is never overwritten/);
  assert.deepEqual(Uint8Array.from(JSON.parse(await readFile(path, "utf8"))), secretKey);
});

test("keygen without --out puts the key on stdout and the public key on stderr", async () => {
  assert.match((await dbsharing(["keygen", "--out", "-"])).stdout, /^\[(\d+,){63}\d+\]\n$/);
  const [first, second] = [await dbsharing(["keygen"]), await dbsharing(["keygen", "--json"])];
  const secretKey = Uint8Array.from(JSON.parse(first.stdout));
  assert.equal(first.stderr.trim(), bs58.encode(secretKey.slice(32)));
  const { publicKey, secretKey: other } = JSON.parse(second.stdout);
  assert.equal(publicKey, bs58.encode(Uint8Array.from(other).slice(32)));
  assert.equal(second.stderr, "");
  assert.notDeepEqual(Uint8Array.from(other), secretKey);
});

test("a key is read in every form in which wallets save it", () => {
  const { secretKey } = KEYPAIR;
  const hex = Buffer.from(secretKey).toString("hex");
  for (const text of [
    JSON.stringify([...secretKey]),
    `[ ${[...secretKey].join(" ,\n")} ]`,
    bs58.encode(secretKey),
    `"${bs58.encode(secretKey)}"`,
    hex,
    `0x${hex.toUpperCase()}`,
  ]) {
    assert.deepEqual(parseKey(text, "k"), secretKey, text.slice(0, 20));
  }
  for (const text of [JSON.stringify([...SEED]), bs58.encode(SEED), hex.slice(0, 64)])
    assert.deepEqual(parseKey(text, "k"), SEED);
  assert.deepEqual(parseKey(bs58.encode(new Uint8Array(32)), "k"), new Uint8Array(32));
});

for (const [form, text, pattern] of [
  ["empty", "", /is empty/],
  ["an unfinished array", "[1,2,3", /begins like a JSON array and is not valid JSON/],
  ["a short array", "[1,2,3]", /holds a JSON array of 3 numbers; wanted 64 or 32/],
  [
    "an array with a 256",
    JSON.stringify([...Array(31).fill(1), 256]),
    /item 31 is not a byte; wanted a whole number from 0 to 255/,
  ],
  ["an array with a text", JSON.stringify([...Array(63).fill(1), "1"]), /item 63 is not a byte/],
  ["short hex", "abcdef0123", /holds 10 hex digits; wanted 128 or 64/],
  ["short base58", bs58.encode(Uint8Array.from({ length: 20 }, () => 200)), /holds 20 bytes in base58; wanted 64 or 32/],
  [
    "another text",
    "correct horse battery staple",
    /is of another form; wanted a JSON array of 64 or 32 numbers, base58 or hex/,
  ],
  ["a JSON object", '{"secretKey":[1]}', /is of another form; wanted a JSON array/],
  ["halves that do not agree", JSON.stringify([...Array(64).fill(1)]), /cannot sign/],
]) {
  test(`a key file that is ${form} gets a sentence of its own, which does not quote it`, async () => {
    const path = await file("bad-key", text);
    const result = await dbsharing(["sign", "--key", path], { input: '{"uuid":"a","timestamp":1}' });
    assertSentence(result, 2, pattern);
    if (text.length > 4) assert.ok(!result.stderr.includes(text.slice(0, 12)));
  });
}

test("a key given in place of its file is not shown", async () => {
  const secretKey = Uint8Array.from({ length: 64 }, (_, at) => at + 100);
  for (const key of [bs58.encode(secretKey), Buffer.from(secretKey).toString("hex"), JSON.stringify([...secretKey])]) {
    const result = await dbsharing(["sign", "--key", key], { input: '{"uuid":"a","timestamp":1}' });
    assertSentence(result, 2, /looks like a key itself; wanted the path of its file/);
    assert.ok(!result.stderr.includes(key.slice(0, 12)));
  }
});

// Records

test("sign makes a record that tweetnacl verifies", async () => {
  const input = '{"uuid":"my-page","linktree":[{"label":"é🙂"}],"timestamp":1700000000000,"2":"b","1":1e21}';
  const { code, stdout } = await dbsharing(["sign", "--key", keyFile], { input });
  assert.equal(code, 0);
  const record = JSON.parse(stdout);
  assert.equal(
    JSON.stringify(record.data),
    '{"1":1e+21,"2":"b","uuid":"my-page","linktree":[{"label":"é🙂"}],"timestamp":1700000000000}',
  );
  assert.equal(record.publicKey, bs58.encode(KEYPAIR.publicKey));
  const message = new TextEncoder().encode(JSON.stringify(record.data));
  assert.ok(nacl.sign.detached.verify(message, bs58.decode(record.signature), KEYPAIR.publicKey));
});

test("sign --timestamp dates the data", async () => {
  const input = '{"uuid":"a","timestamp":5}';
  const before = Date.now();
  const now = JSON.parse((await dbsharing(["sign", "-", "--key", keyFile, "--timestamp", "now"], { input })).stdout);
  assert.ok(now.data.timestamp >= before && now.data.timestamp <= Date.now());
  const given = JSON.parse((await dbsharing(["sign", "--key", keyFile, "--timestamp", "77", "--json"], { input })).stdout);
  assert.equal(given.data.timestamp, 77);
  assertSentence(
    await dbsharing(["sign", "--key", keyFile, "--timestamp", "soon"], { input }),
    2,
    /--timestamp is "soon"; wanted "now" or milliseconds/,
  );
});

for (const [what, input, code, pattern] of [
  ["text that is not JSON", "uuid: a", 2, /standard input is not JSON; wanted one JSON object/],
  ["a list", "[]", 2, /standard input holds an array; wanted one JSON object/],
  ["null", "null", 2, /standard input holds null; wanted one JSON object/],
  ["data without a uuid", '{"timestamp":1}', 1, /the data cannot be signed: .*\(BAD_ID\)/],
  ["data without a timestamp", '{"uuid":"a"}', 1, /the data cannot be signed: .*\(BAD_TIMESTAMP\)/],
]) {
  test(`sign refuses ${what}`, async () => {
    assertSentence(await dbsharing(["sign", "--key", keyFile], { input }), code, pattern);
  });
}

test("without the driver, node says which package to install and what works without it", async () => {
  const bare = await mkdtemp(join(tmpdir(), "dbsharing-bare-"));
  try {
    for (const part of ["js", "pkg", "package.json"]) await cp(join(ROOT, part), join(bare, part), { recursive: true });
    const main = join(bare, "js/cli/main.js");
    const node = ["node", "--task-id", "t", "--service-url", "http://127.0.0.1:9", "--data", join(bare, "data"), "--port", "0"];
    const ways = /run: npm install classic-level, or give --memory instead of --data \(MISSING_DRIVER\)/;
    assertSentence(await dbsharing(node, { main }), 2, ways);
    assert.equal((await dbsharing(["keygen"], { main })).code, 0);
  } finally {
    await rm(bare, { recursive: true, force: true });
  }
});
