// `node reader-process.js`: reads the whole body of a serving node over HTTP.
import http from "node:http";
import { answerQuestions } from "./child.js";

answerQuestions({
  read: (url) =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const request = http.get(url, (response) => {
        let bytes = 0;
        response.on("data", (chunk) => (bytes += chunk.length));
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 200) resolve({ bytes, wallMs: performance.now() - began });
          else reject(new Error(`the node answers with ${response.statusCode}`));
        });
      });
      request.on("error", reject);
    }),
});
