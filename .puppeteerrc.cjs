// The browser is looked for at run time (src/cli/hosts/browsers.ts): an installed Chrome first, else the npm-shipped
// Chromium. Downloading one at install time would fail on closed networks and is never needed on Linux x64.
module.exports = { skipDownload: true };
