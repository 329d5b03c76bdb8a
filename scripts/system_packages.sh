#!/usr/bin/env bash
# What the tests need from the system: a browser, and the server programs of PostgreSQL and Redis.
set -euo pipefail

has_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_postgres() { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; }
has_redis() { command -v redis-server; }

missing=()
has_browser >/dev/null 2>&1 || missing+=(chromium)
has_postgres >/dev/null 2>&1 || missing+=(postgresql)
has_redis >/dev/null 2>&1 || missing+=(redis-server)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing ${missing[*]} ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
    echo "The tests need: ${missing[*]}. Install them with your system's package manager, for instance:" >&2
    echo "    sudo apt-get install ${missing[*]}" >&2
    exit 1
fi
