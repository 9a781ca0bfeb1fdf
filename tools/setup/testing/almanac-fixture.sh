# Makes almanac-fixture.deb in /tmp: a package that starts and enables a service, as Debian's servers do. While it is
# configured it says so in /tmp/configuring and waits for /tmp/go where FIXTURE_WAITS is set, and fails where FIXTURE_FAILS is.
set -e
cd /tmp
mkdir -p package/DEBIAN package/lib/systemd/system package/etc/init.d
cat >package/DEBIAN/control <<'END'
Package: almanac-fixture
Version: 1
Architecture: all
Maintainer: Almanac <almanac@example.org>
Description: starts and enables a service
END
cat >package/lib/systemd/system/almanac-fixture.service <<'END'
[Service]
ExecStart=/bin/true
[Install]
WantedBy=multi-user.target
Alias=almanac-alias.service
END
cat >package/etc/init.d/almanac-fixture <<'END'
#!/bin/sh
### BEGIN INIT INFO
# Provides: almanac-fixture
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
touch /tmp/started
END
cat >package/DEBIAN/postinst <<'END'
#!/bin/sh
set -e
if [ -n "${FIXTURE_WAITS:-}" ]; then
  : >/tmp/configuring
  while [ ! -e /tmp/go ]; do sleep 0.05; done
fi
if deb-systemd-helper --quiet was-enabled almanac-fixture.service; then
  deb-systemd-helper enable almanac-fixture.service >/dev/null
else
  deb-systemd-helper update-state almanac-fixture.service >/dev/null
fi
update-rc.d almanac-fixture defaults >/dev/null
invoke-rc.d almanac-fixture start
[ -z "${FIXTURE_FAILS:-}" ]
END
chmod 755 package/etc/init.d/almanac-fixture package/DEBIAN/postinst
dpkg-deb --build package almanac-fixture.deb >/dev/null
