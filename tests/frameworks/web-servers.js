// nginx and Apache in front of a peer, each on loopback with its own configuration in a temporary folder.
import { existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { deadUrl } from "../network/free-port.js";
import { folderForNow } from "../package/install.js";
import { start } from "./programs.js";

const modules = "/usr/lib/apache2/modules";
const needed = ["mpm_event", "authz_core", "filter", "deflate", "headers", "proxy", "proxy_http"];

/** Each server: its program, the arguments for a configuration in a folder, and that configuration. */
const servers = {
  nginx: {
    program: "/usr/sbin/nginx",
    args: (folder) => ["-p", folder, "-c", "server.conf", "-e", "stderr"],
    configuration: ({ port, peerUrl }) => `
daemon off;
pid nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  gzip on; gzip_proxied any; gzip_types application/json; gzip_min_length 1;
  server { listen 127.0.0.1:${port}; location / { proxy_pass ${peerUrl}; } }
}
`,
  },
  Apache: {
    program: "/usr/sbin/apache2",
    args: (folder) => ["-DFOREGROUND", "-d", folder, "-f", "server.conf"],
    configuration: ({ port, peerUrl, folder }) => `
${needed.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join("\n")}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/apache.pid
ErrorLog ${folder}/error.log
User www-data
Group www-data
SetOutputFilter DEFLATE
ProxyPass / ${peerUrl}/
`,
  },
};

export const names = Object.keys(servers);

/** The option `skip` of a test: the reason if one is not installed. */
export const notThere = names.some((name) => !existsSync(servers[name].program)) && "nginx or Apache is not installed";

/** Starts a server in front of the peer. Returns its `url` and `stop()`. */
export async function startBefore(name, peerUrl) {
  const { program, args, configuration } = servers[name];
  const folder = await folderForNow("dbsharing-web-server-");
  await chmod(folder, 0o755);
  await mkdir(join(folder, "logs"));
  const url = await deadUrl(); // nothing listens there yet
  const { port } = new URL(url);
  await writeFile(join(folder, "server.conf"), configuration({ port, peerUrl, folder }));
  const server = start(program, args(folder), { cwd: folder });
  const ended = server.ended.then((code) => Promise.reject(new Error(`${name} ended with ${code}\n${server.output()}`)));
  ended.catch(() => {});
  await Promise.race([listening(Number(port)), ended]);
  return { url, stop: () => server.stop() };
}

/** Neither reports when it listens, nor on which port. */
async function listening(port) {
  const connects = () =>
    new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
  while (!(await connects())) await sleep(20);
}
