#!/bin/sh
# The password comes from a secret file; PGPASSWORD keeps it out of addresses, logs and process lists.
set -eu
PGPASSWORD="$(cat /run/secrets/database)"
export PGPASSWORD YIBAO_REGISTRY="postgresql://yibao@database/yibao"
exec yibao serve --ledger /var/lib/yibao/ledger --home /var/lib/yibao/service \
  --host 0.0.0.0 --port 8000 --base-url "$YIBAO_BASE_URL" --proxy "*"
