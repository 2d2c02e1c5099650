fail() {
  printf 'capsule: %s\n' "$1" >&2
  exit 1
}

uninstall_capsule() {
  [ "$(id -u)" = 0 ] || fail 'only root can remove a service: put "| sudo sh" behind the command.'
  command -v systemctl >/dev/null || fail 'this machine has no systemctl.'
  systemctl disable --now "$service.service" </dev/null >/dev/null 2>&1 || true
  ! systemctl is-active --quiet "$service.service" </dev/null ||
    fail "$service.service cannot be stopped; nothing was removed."
  rm -f "$unit"
  rm -rf "$folder/capsule" "$folder/capsule-previous"
  systemctl daemon-reload </dev/null
  echo "$service.service is removed."
  if [ "$with_data" = yes ]; then
    remove_data
  elif [ -e "$folder/capsule.db" ]; then
    echo "The capsule itself is still in $folder/capsule.db, and belongs to the user $user."
  fi
}

remove_data() {
  rm -f "$folder/capsule.db" "$folder/capsule.db-wal" "$folder/capsule.db-shm"
  echo "The database is removed."
  if [ -d "$folder" ] && ! rmdir "$folder" 2>/dev/null; then
    echo "These files of $folder stay, with the user $user:"
    ls -A "$folder"
  # An account that was there before is somebody's, with a home of its own.
  elif [ "$(getent passwd "$user" | cut -d: -f6)" = "$folder" ]; then
    userdel "$user"
  fi
}

uninstall_capsule
