fail() {
  printf 'capsule: %s\n' "$1" >&2
  exit 1
}

install_capsule() {
  check_machine
  make_user
  make_folder
  # Complete before the old program is stopped; one rename puts it in its place.
  new=$(mktemp -d "$folder/.install-XXXXXX")
  trap 'rm -rf "$new"' EXIT
  take_program "$new/capsule"
  make_unit
  systemctl daemon-reload </dev/null
  systemctl stop "$service.service" </dev/null >/dev/null 2>&1 || true
  # The one before is kept for going back. The service may have put something under that name: a link to a folder is not followed.
  if [ -f "$folder/capsule" ] && ! cmp -s "$new/capsule" "$folder/capsule"; then
    rm -rf "$folder/capsule-previous"
    ln -T "$folder/capsule" "$folder/capsule-previous"
  fi
  is_there || mv -fT "$new/capsule" "$folder/capsule"
  systemctl enable "$service.service" </dev/null >/dev/null 2>&1 || fail "systemd refuses $unit."
  systemctl start "$service.service" </dev/null || say_why
  wait_until_it_listens
}

check_machine() {
  [ "$(id -u)" = 0 ] || fail 'only root can install a service: put "| sudo sh" behind the command.'
  for needed in systemctl journalctl useradd mktemp; do
    command -v "$needed" >/dev/null ||
      fail "this machine has no $needed; docs/operations.md has other ways to run it."
  done
  [ -x "$program" ] || fail "the program is no longer at $program: print the script again."
  "$program" version </dev/null | grep -q "$hash" ||
    fail "another program is at $program now: print the script again."
  [ ! -L "$folder" ] || fail "$folder is a symbolic link: name the folder itself."
  if [ -e "$folder" ] && [ ! -f "$folder/capsule" ] && [ ! -f "$folder/capsule.db" ] &&
    [ -n "$(ls -A "$folder")" ]; then
    fail "$folder holds something else: choose an empty folder, or one with a capsule.db."
  fi
}

make_user() {
  if ! id "$user" >/dev/null 2>&1; then
    useradd --system --user-group --home-dir "$folder" --no-create-home \
      --shell "$(command -v nologin || echo /bin/false)" "$user"
  fi
  [ "$(id -u "$user")" != 0 ] || fail "$user is root under another name: choose another with --user."
}

# The folder is root's and sticky: the service writes its own files there, and cannot replace the program. Others may go in, for
# "sudo -u", and see nothing.
make_folder() {
  mkdir -p "$folder"
  chown "root:$(id -gn "$user")" "$folder"
  chmod 1771 "$folder"
  for file in capsule.db capsule.db-wal capsule.db-shm; do
    if [ -f "$folder/$file" ] && [ ! -L "$folder/$file" ]; then
      chown -h "$user:" "$folder/$file"
    fi
  done
}

# mv refuses to put a file in its own place.
is_there() {
  [ -f "$folder/capsule" ] && [ ! -L "$folder/capsule" ] &&
    [ "$(stat --format=%d:%i "$new/capsule")" = "$(stat --format=%d:%i "$folder/capsule")" ]
}

# Capsules of one machine that run the same program share its file, and so its memory: only a file that is root's alone is taken.
take_program() {
  for other_unit in "${unit%/*}"/capsule*.service; do
    other=$(sed -n 's|^ExecStart=\(/[^ ]*/capsule\) serve.*|\1|p' "$other_unit" 2>/dev/null || true)
    { [ -f "$other" ] && ln -P "$other" "$1" 2>/dev/null; } || continue
    # What was linked is looked at, and not what had this name a moment ago.
    if [ -n "$(find "$1" -maxdepth 0 -type f -user root -perm 755)" ] && cmp -s "$program" "$1"; then return; fi
    rm -f "$1"
  done
  cp "$program" "$1"
  chmod 755 "$1"
}

# Where no flags were given, those of the unit that is there stay.
make_unit() {
  write_unit >"$new/unit"
  if [ "$keep_flags" = yes ] && grep "^ExecStart=$folder/capsule serve" "$unit" >"$new/start" 2>/dev/null; then
    sed -e "/^ExecStart=/r $new/start" -e '/^ExecStart=/d' "$new/unit" >"$new/kept"
    mv "$new/kept" "$new/unit"
  fi
  chmod 644 "$new/unit"
  cp "$new/unit" "$unit"
}

# What this start has said, and where systemd itself failed, without what a terminal takes for orders. What the journal reads only
# after the program's end is without the number of the start, and what other users write may be with it.
read_journal() {
  id=$(systemctl show --property=InvocationID --value "$service.service" </dev/null)
  pid=$(systemctl show --property=ExecMainPID --value "$service.service" </dev/null)
  journalctl --quiet --no-pager --output=cat --boot "_SYSTEMD_UNIT=$service.service" "_PID=$pid" + \
    "INVOCATION_ID=$id" _UID=0 PRIORITY=3 + "_SYSTEMD_INVOCATION_ID=$id" </dev/null |
    tr -d '\000-\010\013-\037\177' || true
}

# The journal may be behind what the service has said: its last words are the reason.
finish_journal() {
  journalctl --sync </dev/null >/dev/null 2>&1 || true
}

wait_until_it_listens() {
  tries=0
  until read_journal | grep -q '^Listening on '; do
    systemctl is-active --quiet "$service.service" </dev/null || say_why
    tries=$((tries + 1))
    if [ "$tries" = 50 ]; then
      echo "It is starting. An older database is first brought up to the new program's form."
    fi
    [ "$tries" -lt 3000 ] || say_why
    sleep 0.2
  done
  # A link for setting it up, or a fingerprint, comes right behind that line.
  sleep 0.5
  finish_journal
  echo "Capsule $version runs as $service.service, in $folder."
  read_journal | grep -v '^{' || true
}

say_why() {
  finish_journal
  read_journal >&2
  fail "$service.service does not run. The lines above say why, or: journalctl --unit $service"
}

install_capsule
