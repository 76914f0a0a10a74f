const { koiiSharing } = require("dbsharing/koii");
const db = require("./db_model");
const { namespaceWrapper } = require("../environment/levelNamespaceWrapper");

module.exports = koiiSharing({ db, namespaceWrapper });
