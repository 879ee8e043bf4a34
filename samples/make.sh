#!/bin/bash
# Makes the sample logs anew by running real programs: nginx, PostgreSQL, sshd, cron and two Python programs.
#
# Needs Debian 12, root, and the packages of make/packages.txt (apt-get install). Everything runs in namespaces of its own: a host
# named "demo", a network that has only loopback, private /etc, /var and /srv. Nothing outside this folder is changed. One day
# passes in a few minutes: the programs see a clock that libfaketime moves forward. Run: sudo samples/make.sh
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" != inside ]; then
    missing=()
    while read -r package; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done <"$here/make/packages.txt"
    if [ ${#missing[@]} -gt 0 ]; then
        echo "first: apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    library=$(mktemp -d)
    trap 'rm -rf "$library"' EXIT
    /usr/bin/python3 -m pip --version >/dev/null 2>&1 && pip="/usr/bin/python3 -m pip" || pip="pip"
    $pip install --quiet --no-compile --target "$library" loguru==0.7.3
    unshare --mount --uts --net --pid --ipc --fork --kill-child bash "$here/make.sh" inside "$library"
    exit
fi

library=$2
export TZ=UTC LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
unset PYTHONPATH PYTHONHOME

private_machine() {
    mount --make-rprivate /
    mount -t proc proc /proc
    hostname demo
    ip link set lo up
    local etc
    etc=$(mktemp -d)
    mount -t tmpfs tmpfs "$etc"
    cp -a /etc/. "$etc"
    mount --bind "$etc" /etc
    local folder
    cp -a "$library" /etc/library
    for folder in /srv /run /var/log /var/lib/postgresql /var/spool/cron /home; do
        mkdir -p "$folder"
        mount -t tmpfs -o mode=755 tmpfs "$folder"
    done
    echo demo >/etc/hostname
    printf '127.0.0.1 localhost demo\n' >/etc/hosts
    rm -f /etc/localtime && ln -s /usr/share/zoneinfo/UTC /etc/localtime
    rm -rf /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* && : >/etc/crontab
    mkdir -p /srv/app /run/sshd /run/demo
    cp -a /etc/library /srv/app/lib
    mount -t tmpfs -o mode=755 tmpfs /mnt
    mknod -m 666 /mnt/null c 1 3
    mknod -m 666 /mnt/zero c 1 5
    mknod -m 666 /mnt/random c 1 8
    mknod -m 666 /mnt/urandom c 1 9
    mknod -m 666 /mnt/tty c 5 0
    mkdir -m 1777 /mnt/shm /mnt/pts
    mount --bind /mnt /dev
    mount -t devpts devpts /dev/pts
    ln -s pts/ptmx /dev/ptmx
    ln -s /proc/self/fd /dev/fd
}

private_machine
cp "$here"/make/*.py "$here"/make/*.sql /srv/app/
exec_clock=$(ls /usr/lib/*/faketime/libfaketime.so.1)
# What runs with these sees the moved clock; durations and time-outs stay real.
moved=(env "LD_PRELOAD=$exec_clock" FAKETIME_TIMESTAMP_FILE=/run/demo/clock FAKETIME_NO_CACHE=1
    FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1)
/usr/bin/python3 /srv/app/day.py "$here" "${moved[@]}"
