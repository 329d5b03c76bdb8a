#!/usr/bin/env bash
# What the tests need from the system: a browser, and the server programs of PostgreSQL and Redis.
set -euo pipefail

has_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_postgres() { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; }
has_redis() { command -v redis-server; }

is_debian_root() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; }

# promtool alone: the package would also start a server. Where it cannot be had, its test is skipped.
fetch_promtool() {
    local folder
    folder=$(mktemp -d)
    (cd "$folder" && apt-get update -qq && apt-get download -qq prometheus &&
        dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x -C /usr/local --strip-components=2 ./usr/bin/promtool) ||
        echo "promtool could not be fetched; the alert rules stay unchecked." >&2
    rm -rf "$folder"
}
if is_debian_root && ! command -v promtool >/dev/null; then
    fetch_promtool >/dev/null
fi

missing=()
has_browser >/dev/null 2>&1 || missing+=(chromium)
has_postgres >/dev/null 2>&1 || missing+=(postgresql)
has_redis >/dev/null 2>&1 || missing+=(redis-server)
[ ${#missing[@]} -eq 0 ] && exit 0

if is_debian_root; then
    echo "Installing ${missing[*]} ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
    echo "The tests need: ${missing[*]}. Install them with your system's package manager, for instance:" >&2
    echo "    sudo apt-get install ${missing[*]}" >&2
    exit 1
fi
