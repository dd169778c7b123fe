#!/usr/bin/env bash
# Puts a release onto a machine of a hall, beside the one that runs, and goes over to it in one step.
#
#   install.sh station|centre [--programs DIR] [--root DIR]
#   install.sh rollback station|centre [--root DIR]   back to the release before
#   install.sh status   station|centre [--root DIR]   which release is in force, and whether its files are whole
#
# --programs: release builds (default: target/release). --root: install below a folder (an image, a test); users,
# services and udev are left alone then. Safe to repeat; what stands in /etc/tongban is never overwritten.
# Exit: 0 done, 1 something is missing or damaged (nothing was changed), 2 wrong use.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
root= programs=$source/target/release
say() { printf '%s\n' "$*"; }
die() { say "install: $*" >&2; exit 1; }
usage() { sed -n '2,9s/^# \{0,1\}//p' "$0"; }

action=${1:-}; [ $# = 0 ] || shift
case $action in
    station | centre) what=$action action=install ;;
    rollback | status) what=${1:-}; [ $# = 0 ] || shift ;;
    -h | --help | help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
esac
case $what in
    station) name=tongban ;;
    centre) name=tongban-server ;;
    *) usage >&2; exit 2 ;;
esac
while (($#)); do
    case $1 in
        --root) root=${2:?--root DIR}; shift 2 ;;
        --programs) programs=$(cd "${2:?--programs DIR}" && pwd) || exit 2; shift 2 ;;
        *) usage >&2; exit 2 ;;
    esac
done
lib=$root/usr/lib/$name current=$root/usr/lib/$name/current

in_force() { basename "$(readlink "$current" 2>/dev/null)" 2>/dev/null || true; }
other() { if [ "$(in_force)" = a ]; then echo b; else echo a; fi; }

go_over() { # SLOT: one rename, so that a power cut leaves the old release or the new one
    ln -sfn "slots/$1" "$lib/.next" && mv -T "$lib/.next" "$current" && sync -f "$lib"
}

whole() { # SLOT: every file is the one that was installed
    (cd "$lib/slots/$1" && [ -s SHA256SUMS ] && sha256sum --quiet --check SHA256SUMS)
}

fill() { # SLOT PROGRAMS...: a whole release in a slot nobody uses
    local slot=$lib/slots/$1 program; shift
    for program in "$@"; do [ -x "$programs/$program" ] || die "$programs/$program is missing: cargo build --release"; done
    bash "$source/assets/fonts/fetch.sh" && bash "$source/assets/models/fetch.sh" || die "fonts or models are missing"
    rm -rf "$slot" && mkdir -p "$slot/bin" "$slot/share"
    for program in "$@"; do install -m 755 "$programs/$program" "$slot/bin/$program"; done
    cp -a "$source/assets" "$source/i18n" "$slot/share/"
    cp -a "$source/installer/session/." "$slot/session/"
    (cd "$slot" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
    "$slot/bin/$1" --version >"$slot/VERSION" || die "$1 does not start on this machine"
    sync -f "$slot"
}

links() { # PROGRAMS...: what does not change from release to release
    local program
    mkdir -p "$root/usr/bin" "$root/usr/share" "$root/etc/tongban"
    for program in "$@"; do ln -sfn "../lib/$name/current/bin/$program" "$root/usr/bin/$program"; done
    ln -sfn "../lib/$name/current/share" "$root/usr/share/$name"
    [ "$what" = centre ] || for program in session openbox.xml; do ln -sfn "current/session/$program" "$lib/$program"; done
}

machine() { # USER HOME UNIT GROUPS...: the account and the service, on a real machine only
    local user=$1 home=$2 unit=$3 group; shift 3
    install -D -m 644 "$source/installer/systemd/$unit" "$root/etc/systemd/system/$unit"
    install -D -m 644 "$source/installer/systemd/tongban-firewall.service" \
        "$root/etc/systemd/system/tongban-firewall.service"
    [ -e "$root/etc/tongban/firewall.nft" ] ||
        install -D -m 644 "$source/installer/firewall/$what.nft" "$root/etc/tongban/firewall.nft"
    [ -z "$root" ] || return 0
    id "$user" >/dev/null 2>&1 || adduser --quiet --system --group --home "$home" "$user"
    for group in "$@"; do adduser --quiet "$user" "$group"; done
    systemctl daemon-reload
}

install_release() { # FIRST PROGRAM AND OTHERS
    local slot before; slot=$(other) before=$(in_force)
    fill "$slot" "$@"
    whole "$slot" || die "the copy is not the original: look at the disk"
    links "$@"
    go_over "$slot"
    say "in force: $(cat "$current/VERSION") (slot $slot)"
    [ -z "$before" ] || say "the release before stays for: install.sh rollback $what"
}

case $action-$what in
    install-station)
        install_release tongban tongban-worker tongban-vision
        install -D -m 644 "$source/installer/udev/70-tongban.rules" "$root/usr/lib/udev/rules.d/70-tongban.rules"
        [ -e "$root/etc/tongban/station.toml" ] ||
            install -m 640 "$source/kiosk-config/station.example.toml" "$root/etc/tongban/station.toml"
        machine tongban /var/lib/tongban tongban-kiosk.service tty input
        if [ -z "$root" ]; then udevadm control --reload && udevadm trigger; fi
        say "next: installer/README.md, from the passphrase on" ;;
    install-centre)
        install_release tongban-server
        machine tongban-server /var/lib/tongban-server tongban-server.service
        say "next: tongban-server init --config /etc/tongban/server.toml" ;;
    rollback-*)
        slot=$(other)
        [ -d "$lib/slots/$slot" ] || die "there is no release before this one"
        whole "$slot" || die "the release before is damaged; the present one stays in force"
        go_over "$slot"
        [ -n "$root" ] || systemctl try-restart tongban-kiosk tongban-server
        say "in force: $(cat "$current/VERSION") (slot $slot)" ;;
    status-*)
        [ -n "$(in_force)" ] || die "nothing is installed here"
        whole "$(in_force)" || die "files of the release in force were changed: install again"
        say "in force: $(cat "$current/VERSION") (slot $(in_force)), every file whole" ;;
esac
