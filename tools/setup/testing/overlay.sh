# $1: a script to run on a copy of this machine's system that is gone afterwards; $2: the folder tools/setup.
# Run by `unshare --mount --pid --fork`, so that mounts and processes go too.
set -e
place=$(mktemp -d)
mount -t tmpfs tmpfs "$place"
mkdir "$place/upper" "$place/work" "$place/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$place/upper,workdir=$place/work" "$place/root"
mount -t proc proc "$place/root/proc"
mount --rbind /dev "$place/root/dev"
mount -t tmpfs tmpfs "$place/root/tmp"
cp "$2/install-packages.sh" "$2/testing/almanac-fixture.sh" "$place/root/tmp"
# No sources: what is installed here is a file.
rm -rf "$place/root/etc/apt/sources.list" "$place/root/etc/apt/sources.list.d" "$place/root/usr/sbin/policy-rc.d"
# A system that is up, as far as Debian's scripts ask: otherwise they would start nothing anyway.
rm -f "$place/root/sbin/runlevel"
printf '#!/bin/sh\necho N 5\n' >"$place/root/sbin/runlevel"
chmod 755 "$place/root/sbin/runlevel"
status=0
chroot "$place/root" sh -c "$1" || status=$?
umount --lazy "$place"
rmdir "$place"
exit $status
