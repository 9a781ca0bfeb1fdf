#!/bin/sh
# Installs Debian packages without starting or enabling any system service of theirs: Almanac runs its own processes.
# As root: sh tools/setup/install-packages.sh <package>...
#
# Debian's packages start their services when policy-rc.d lets them, and enable them in their own way with and without
# systemd. So policy-rc.d says no meanwhile, and what is enabled afterwards is disabled as an administrator would do it.
# The journal holds what was before; it is there until all is put back, be it by the next run after a power cut.
set -eu
journal=/var/lib/almanac-install
policy=/usr/sbin/policy-rc.d
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C

installed() { dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u; }
present() { dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' | sed -n '/^not-installed\|^config-files/d; s/^[^ ]* //p' | sort -u; }

# Only packages that were not there before are touched.
restore() {
  [ -d "$journal" ] || return 0
  present | comm -13 "$journal/before" - | while read -r package; do
    dpkg --listfiles "$package" | sed -n 's|.*/systemd/system/\([^/]*\.[a-z]*\)$|\1|p' | while read -r unit; do
      [ -d /etc/systemd/system ] || continue
      find /etc/systemd/system -mindepth 2 -type l -name "$unit" -delete
      find /etc/systemd/system -maxdepth 1 -type l -lname "*/systemd/system/$unit" -delete
    done
    dpkg --listfiles "$package" | sed -n 's|^/etc/init.d/||p' | while read -r script; do
      ! command -v update-rc.d >/dev/null || update-rc.d "$script" disable
    done
  done
  if [ -e "$journal/policy-rc.d" ] || [ -h "$journal/policy-rc.d" ]; then
    mv -f "$journal/policy-rc.d" "$policy"
  elif grep -qs 'Almanac' "$policy"; then
    rm -f "$policy"
  fi
  rm -rf "$journal"
  [ ! -d /run/systemd/system ] || systemctl daemon-reload
}

# One at a time: the lock ends with the last process that this one starts.
exec 9</var/lib/dpkg
flock 9
restore
[ $# -gt 0 ] || exit 0
rm -rf "$journal.new"
mkdir -p "$journal.new"
installed >"$journal.new/before"
[ ! -e "$policy" ] && [ ! -h "$policy" ] || cp -a "$policy" "$journal.new/policy-rc.d"
mv "$journal.new" "$journal"
printf '#!/bin/sh\n# Almanac installs packages: no service is started meanwhile. Put back when it has.\nexit 101\n' >"$policy.almanac"
chmod 755 "$policy.almanac"
mv -f "$policy.almanac" "$policy"

# The right side of the pipe ends when the last process of the left side has ended, whatever killed which of them, and
# puts everything back then.
{
  status=0
  dpkg --configure -a </dev/null || true
  apt-get update </dev/null || true
  apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold -- "$@" \
    </dev/null || status=$?
  echo "$status" >"$journal/status"
} 2>&1 | {
  trap '' INT TERM HUP PIPE
  cat || cat >/dev/null
  status=$(cat "$journal/status" 2>/dev/null || echo 1)
  restore
  exit "$status"
}
