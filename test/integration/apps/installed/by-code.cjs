const { start } = require('agent-vitals');

start();
require('./app.cjs');
