// Where nodeFetch connects to: each address of a name is checked against the classes of src/peers/address.rs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../.ci/toolchain.mjs";
import { isSpelledOut, reachOf } from "../../js/core/node-fetch/addresses.js";
import { nodeFetch } from "../../js/http.js";
import { serve } from "../network/server.js";
import { serveRaw } from "./fixtures/raw-server.js";

const rust = readFileSync(join(root, "src/peers/address.rs"), "utf8");

/** The hosts of a table in the Rust tests, in their order. */
function hostsOf(rustTest) {
  const [, text] = rust.split(`fn ${rustTest}()`);
  return /let hosts = "([^"]*)"/.exec(text)[1].replace(/\\\n/g, " ").split(/\s+/);
}

/** An address as a resolver spells it; undefined for a name. */
function addressOf(host) {
  const { hostname } = new URL(`http://${host}`);
  const address = host.startsWith("[") ? host.slice(1, -1) : hostname;
  return net.isIP(address) === 0 ? undefined : address;
}

const tables = {
  public: "names_and_ordinary_addresses_are_public",
  private: "private_networks_and_this_machine_are_private",
  never: "no_peer_lives_at_link_local_metadata_multicast_or_reserved_addresses",
};

for (const [reach, rustTest] of Object.entries(tables)) {
  test(`addresses are classed as ${reach} here as in Rust`, () => {
    const addresses = hostsOf(rustTest).map(addressOf).filter(Boolean);
    assert.ok(addresses.length >= 15, `${addresses.length} addresses were found`);
    for (const address of addresses) assert.equal(reachOf(address), reach, address);
  });
}

test("an address in another spelling counts as the same, and an invalid one is never connected to", () => {
  assert.equal(reachOf("0:0:0:0:0:0:0:1"), "private");
  assert.equal(reachOf("fe80::1%eth0"), "never");
  assert.equal(reachOf("::FFFF:10.0.0.1"), "private");
  for (const text of ["", "name.example", "1.2.3.4:80"]) assert.equal(reachOf(text), "never", text);
});

test("a host that is an address is distinguished from a name", () => {
  for (const host of ["127.0.0.1", "[::1]", "localhost", "a.localhost", "localhost."]) assert.ok(isSpelledOut(host), host);
  for (const host of ["localhost.example", "notlocalhost", "10.example"]) assert.ok(!isSpelledOut(host), host);
});

/** A lookup that returns these addresses for every name, and notes each request. */
function lookupOf(addresses, asked = []) {
  return (name, options, callback) => {
    asked.push([name, options]);
    setImmediate(() =>
      callback(
        null,
        addresses.map((address) => ({ address, family: net.isIP(address) })),
      ),
    );
  };
}

async function servedHere(t, host) {
  const server = await serveRaw((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"), host);
  t.after(() => server.close());
  return server;
}

for (const address of ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "fd00::1", "64:ff9b::7f00:1", "0.0.0.0"]) {
  test(`a name that leads to ${address} is refused, and the message says what to do`, async (t) => {
    const server = await servedHere(t);
    await assert.rejects(nodeFetch({ lookup: lookupOf([address]) })(`http://peer.example:${server.port}/`), {
      name: "DbSharingError",
      code: "ADDRESS_REFUSED",
      message: `the name peer.example leads to ${address}, which is on a private network; if that is intended, set allowPrivateNetworks to true`,
    });
    assert.equal(server.sockets.length, 0);
  });
}

test("a name that leads to loopback is connected to if private networks are allowed, by option or by request", async (t) => {
  const { port } = await servedHere(t);
  const lookup = lookupOf(["127.0.0.1"]);
  const text = async (options, init) => (await nodeFetch({ lookup, ...options })(`http://peer.example:${port}/`, init)).text();
  assert.equal(await text({ allowPrivateNetworks: true }), "ok");
  assert.equal(await text({}, { allowPrivateNetworks: true }), "ok");
  await assert.rejects(text({ allowPrivateNetworks: false }, { allowPrivateNetworks: true }), { code: "ADDRESS_REFUSED" });
});

test("link-local, metadata and reserved addresses are always refused", async () => {
  for (const address of [
    "169.254.169.254",
    "fe80::1",
    "100.100.100.200",
    "224.0.0.1",
    "::ffff:169.254.169.254",
    "fd00:ec2::254",
  ]) {
    const fetch = nodeFetch({ lookup: lookupOf([address]), allowPrivateNetworks: true });
    await assert.rejects(fetch("http://peer.example/"), { code: "ADDRESS_REFUSED", message: /peers there are never asked/ });
  }
});

test("of several addresses, the refused ones are left out", async (t) => {
  const { port, sockets } = await servedHere(t);
  const fetch = nodeFetch({ lookup: lookupOf(["169.254.169.254", "127.0.0.1"]), allowPrivateNetworks: true });
  assert.equal(await (await fetch(`http://peer.example:${port}/`)).text(), "ok");
  assert.equal(sockets.length, 1);
});

test("an allowed connection to a private network is not used again for a request that may not use one", async (t) => {
  const server = await serve((_, response) => response.end("ok"));
  t.after(() => server.close());
  const fetch = nodeFetch({ lookup: lookupOf(["127.0.0.1"]) });
  const url = server.url.replace("127.0.0.1", "peer.example");
  assert.equal(await (await fetch(url, { allowPrivateNetworks: true })).text(), "ok");
  await new Promise(setImmediate);
  await assert.rejects(fetch(url), { code: "ADDRESS_REFUSED" });
});

test("all addresses of a name are looked up for each request, and the checked one is connected to", async (t) => {
  const { port } = await servedHere(t);
  const asked = [];
  const fetch = nodeFetch({ lookup: lookupOf(["127.0.0.1"], asked), allowPrivateNetworks: true });
  await (await fetch(`http://peer.example:${port}/`)).text();
  assert.deepEqual(asked, [["peer.example", { all: true, verbatim: true }]]);
});

test("addresses are tried one after another until one answers", async (t) => {
  const { port } = await servedHere(t);
  const fetch = nodeFetch({ lookup: lookupOf(["127.0.0.2", "::1", "127.0.0.3", "127.0.0.1"]), allowPrivateNetworks: true });
  assert.equal(await (await fetch(`http://peer.example:${port}/`)).text(), "ok");
});

test("localhost is 127.0.0.1 or ::1, whichever listens", async (t) => {
  const { port } = await servedHere(t);
  assert.equal(await (await nodeFetch()(`http://localhost:${port}/`)).text(), "ok");
  const first = nodeFetch({ lookup: lookupOf(["::1", "127.0.0.1"]) });
  assert.equal(await (await first(`http://localhost:${port}/`)).text(), "ok");
});

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some(({ address }) => address === "::1");

test("a host with only IPv6 works", { skip: !hasIpv6 && "this machine has no IPv6" }, async (t) => {
  const { port, url } = await servedHere(t, "::1");
  assert.equal(await (await nodeFetch()(url)).text(), "ok");
  const fetch = nodeFetch({ lookup: lookupOf(["::1"]), allowPrivateNetworks: true });
  assert.equal(await (await fetch(`http://peer.example:${port}/`)).text(), "ok");
});

test("a lookup that fails, returns nothing or returns nonsense is an error with a sentence", async () => {
  const failing = (name, options, callback) => callback(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
  await assert.rejects(nodeFetch({ lookup: failing })("http://peer.example/"), {
    code: "ENOTFOUND",
    message: /^http:\/\/peer\.example: /,
  });
  for (const nothing of [[], undefined, "", "not an address"]) {
    const lookup = (name, options, callback) => callback(null, nothing);
    await assert.rejects(nodeFetch({ lookup })("http://peer.example/"), { message: /peer\.example has no address/ });
  }
});

const throwing = (thrown) => () => {
  throw thrown;
};
const BAD_LOOKUPS = {
  "throws an Error": throwing(new Error("no")),
  "throws text": throwing("no"),
  rejects: async () => Promise.reject(new Error("no")),
  "calls back with text": (name, options, callback) => callback("no"),
  "calls back with a frozen Error": (name, options, callback) => callback(Object.freeze(new Error("no"))),
  "calls back with an object": (name, options, callback) => callback({ code: "NO" }),
  "calls back with a number as code": (name, options, callback) => callback(Object.assign(new Error("no"), { code: 7 })),
  "returns an object that cannot be printed": (name, options, callback) => callback(null, [Object.create(null)]),
  "returns an address that throws": (name, options, callback) =>
    callback(null, [
      {
        get address() {
          throw new Error("no");
        },
      },
    ]),
  "calls back twice": (name, options, callback) => [callback(new Error("no")), callback(null, "127.0.0.1")],
};

for (const [what, lookup] of Object.entries(BAD_LOOKUPS)) {
  test(`a lookup that ${what} fails only its request, with and without an agent`, async () => {
    for (const agent of [undefined, new http.Agent()]) {
      const failure = await nodeFetch({ lookup, agent })("http://peer.example/").catch((error) => error);
      assert.match(failure.message, /^http:\/\/peer\.example: the name peer\.example /);
    }
  });
}

test("after an abort a lookup that hangs does not keep the process alive, with an agent too", async () => {
  const controller = new AbortController();
  const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const asked = nodeFetch({ agent: new http.Agent(), lookup() {} })("http://peer.example/", { signal: controller.signal });
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort(new Error("given up"));
  await assert.rejects(asked, { message: "given up" });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length, before);
});

test("an agent of the task gets a lookup that checks addresses", async (t) => {
  const { port } = await servedHere(t);
  const fetch = nodeFetch({ agent: new http.Agent(), lookup: lookupOf(["127.0.0.1"]) });
  await assert.rejects(fetch(`http://peer.example:${port}/`), { code: "ADDRESS_REFUSED" });
  assert.equal(await (await fetch(`http://peer.example:${port}/`, { allowPrivateNetworks: true })).text(), "ok");
});
