#!/bin/sh
# What the container runs: the installer at its first start, and from then on what that has installed, which updates itself.
set -eu
home=${SEATTLE_NODE_HOME:-/var/lib/seattle/node}
installer=${SEATTLE_NODE_INSTALLER:-/usr/local/share/seattle/node.pyz}

if [ ! -e "$home/supervise" ]; then
  set -- --yes --service none --no-start --folder "$home" "$@" # "$@": options of the installer, such as --percent 25
  [ -z "${SEATTLE_NODE_SIGNED_BY:-}" ] || set -- "$@" --signed-by "$SEATTLE_NODE_SIGNED_BY"
  sh "$installer" "$@"
fi
exec "$home/supervise"
