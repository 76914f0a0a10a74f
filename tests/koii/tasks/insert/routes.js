const { linktreeRoutes } = require("../environment/linktreeRoutes");

module.exports = linktreeRoutes(require("./db_model"));
