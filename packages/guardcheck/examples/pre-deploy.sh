#!/bin/sh
# Starts the server as it is going to be deployed, and lets it through only if
# its guard holds. MCP_START is the command; MCP_TOKEN one of its tokens.
set -eu
npx guardcheck --start "$MCP_START" --token-env MCP_TOKEN --step 2 \
  --report html=guard.html
echo 'The guard holds.'
