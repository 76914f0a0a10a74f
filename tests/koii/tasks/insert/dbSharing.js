const { koiiSharing } = require("dbsharing/koii");
const db = require("./db_model");
const { namespaceWrapper } = require("../environment/namespaceWrapper");

module.exports = koiiSharing({ db, namespaceWrapper });
