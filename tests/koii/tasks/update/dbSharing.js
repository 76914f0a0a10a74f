const { koiiSharing } = require("dbsharing/koii");
const { namespaceWrapper } = require("@_koii/namespace-wrapper");
const db = require("./db_model");

module.exports = koiiSharing({ db, namespaceWrapper });
