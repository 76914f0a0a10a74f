// Answers with validators.

import express from "express";

const app = express().use((request, response) => response.send(request.items));

export const cachedAnswers = {
  "express-send": {
    says: "is Express: res.send with its weak ETag, and 304 to the tag it sent",
    expected: { outcome: "synced", requests: 1, keeps: "all" },
    again: { outcome: "unchanged", requests: 1, httpStatus: 304, verified: 0 },
    answer: (response, { request, items }) => app(Object.assign(request, { items }), response),
  },
  "always-304": {
    says: "answers 304 to everything",
    expected: { outcome: "unchanged", httpStatus: 304, keeps: "none" },
    answer: (response) => response.writeHead(304).end(),
  },
  "etag-lies": {
    says: "sends the same ETag with every list, and ignores conditions",
    expected: { outcome: "synced", requests: 1, keeps: "all" },
    answer: (response, { items }) => response.writeHead(200, { etag: '"same"' }).end(JSON.stringify(items)),
  },
};
