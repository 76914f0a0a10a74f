// Which licence a crate is taken under, and where its text is.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./toolchain.mjs";

/** The licences that code in the package may have, in the order in which they are chosen, and how the text of each is known. */
const allowed = {
  MIT: /Permission is hereby granted, free of charge, to any\s+person\s+obtaining\s+a\s+copy\s+of\s+this\s+software/,
  "BSD-3-Clause": /Redistribution and use in source and binary forms[^]*Neither the name/i,
  "BSL-1.0": /Boost Software License - Version 1\.0/,
  "Unicode-3.0": /UNICODE LICENSE V3/,
};
const names = Object.keys(allowed);

/** The licences of crates that are only in tests: we do not distribute those. */
export const testLicences = [...names, "Apache-2.0"];

/**
 * The licences of `wanted` that apply by an SPDX expression: MIT and Unicode-3.0 by `(MIT OR Apache-2.0) AND Unicode-3.0`.
 * Throws a sentence if none of those offered is allowed.
 */
export function chosenLicences(crate, expression, wanted = names) {
  return (expression ?? "").split(" AND ").map((choice) => {
    const offered = choice
      .replace(/[()]/g, "")
      .split(/ OR |\//)
      .map((name) => name.trim());
    const chosen = wanted.find((name) => offered.includes(name));
    if (chosen) return chosen;
    const list = `wanted one of ${wanted.join(", ")}, which .ci/licences.mjs lists`;
    throw new Error(`${crate} is under ${expression || "no licence"}; ${list}`);
  });
}

/** The text of a licence as the crate in `folder` ships it; if it ships none, the standard text with its authors. */
export function licenceText(licence, { name, folder, authors }) {
  const files = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|unlicense)/i.test(file))
    .sort();
  if (files.length === 0)
    return standardText(
      licence,
      authors.map((author) => `Copyright (c) ${author}`),
    );
  const text = files.map((file) => readFileSync(join(folder, file), "utf8")).find((one) => allowed[licence].test(one));
  if (text === undefined) throw new Error(`${name} ships ${files.join(", ")}, and none is the text of ${licence}`);
  return text;
}

/** The standard text of a licence, below these lines with the copyright. */
export function standardText(licence, copyright) {
  if (copyright.length === 0) throw new Error(`there is no copyright line for ${licence}; wanted at least one`);
  return `${copyright.join("\n")}\n\n${readFileSync(join(root, ".ci/licence-texts", `${licence}.txt`), "utf8")}`;
}
