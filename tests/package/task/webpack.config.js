const path = require("path");

module.exports = {
  mode: "development",
  entry: "./index.js",
  target: "node",
  devtool: "source-map",
  output: {
    filename: "main.js",
    path: path.resolve(__dirname, "dist"),
    libraryTarget: "commonjs2",
  },
};
