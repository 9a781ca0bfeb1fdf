#!/usr/bin/env bash
# What a newcomer does, on a machine with only git and npm. Every line must work; the end is looked at closely.
set -euo pipefail
cd "$HOME"
step() { printf '\n--- %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

step "clone"
git clone --quiet /srv/almanac.git almanac
cd almanac

step "npm start"
SECONDS=0
npm start -- --detach
echo "from a fresh clone to ready: $SECONDS s"
npm run status

step "a word through the edge"
look_up() {
  .almanac/toolchain/node_modules/.bin/node --input-type=module -e '
    import { request } from "node:https";
    import { readFileSync } from "node:fs";
    const url = `https://${process.env.PUBLISH}:8443/api/dictionary/words/dogs`;
    request(url, { ca: readFileSync(".almanac/certs/ca.crt") }, (answer) => {
      let text = "";
      answer.on("data", (part) => (text += part)).on("end", () => {
        console.log(answer.statusCode, answer.headers["cache-status"], text.slice(0, 80));
        process.exit(answer.statusCode === 200 && JSON.parse(text).word === "dog" ? 0 : 1);
      });
    }).end();'
}
look_up

step "npm stop, and a second start"
npm stop
SECONDS=0
npm start -- --detach
echo "warm, to ready: $SECONDS s"
look_up
npm stop

step "npm test, its set-up"
npm test -- --setup

step "nothing is left"
# In this process namespace only the shell and what reads /proc may be there.
for stat in /proc/[0-9]*/comm; do
  name=$(cat "$stat" 2>/dev/null) || continue
  case $name in sh | bash | cat | sleep) ;; *) fail "still running: $name" ;; esac
done
wants=$(find /etc/systemd/system -path '*.wants/*' \( -name 'nginx*' -o -name 'varnish*' \) 2>/dev/null || true)
[ -z "$wants" ] || fail "enabled: $wants"
[ ! -e /usr/sbin/policy-rc.d ] || fail "policy-rc.d was left behind"
[ ! -e "$HOME/.nx" ] || fail "Nx keeps its cache in the home folder"
[ -z "$(git status --porcelain)" ] || fail "the checkout changed: $(git status --porcelain)"
npm run reset
[ ! -e .almanac ] || fail ".almanac is still there"
echo "a fresh machine: passed"
