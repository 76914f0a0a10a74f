// What a page edits goes through the sharing, which verifies it and writes it by the db_model.
const { linktreeRoutes } = require("../environment/linktreeRoutes");
const { put } = require("./dbSharing");

module.exports = linktreeRoutes(require("./db_model"), { update: put });
