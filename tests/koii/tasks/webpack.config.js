// The settings of the published tasks, with two packages in their places: leveldown has a native part, which a bundle
// cannot hold, and @_koii/namespace-wrapper is stood in for.
const path = require("path");

module.exports = {
  mode: "development",
  target: "node",
  devtool: false,
  externals: { leveldown: `commonjs ${path.dirname(require.resolve("leveldown/package.json"))}` },
  resolve: { alias: { "@_koii/namespace-wrapper": path.join(__dirname, "environment/package.js") } },
  output: { filename: "main.js", libraryTarget: "commonjs2" },
};
