#!/usr/bin/env bash
# Makes under $TOILE_HOME what Toile needs to run: Java, two Python environments, Spark's jars; and, for its tests, has
# Chromium installed. Parts may be named (java airflow jobs jars chromium); without a name, all. What is there and current stays as it is.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
home=${TOILE_HOME:-$repository/.toile}
log=$home/logs/setup.log
parts=(java airflow jobs jars chromium)
export UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*"; }

fail() { # MESSAGE HINT
  printf 'set-up stops: %s\n  %s\n' "$1" "$2" >&2
  exit 1
}

# Runs a command into the log, with one line on the terminal.
step() { # TEXT HINT COMMAND...
  local text=$1 hint=$2 begin=$SECONDS
  shift 2
  printf '  %-58s' "$text"
  printf '\n== %s: %s\n' "$text" "$*" >>"$log"
  if ! "$@" >>"$log" 2>&1; then
    say failed
    tail -n 15 "$log" >&2
    fail "$text failed (all of it in $log)." "$hint"
  fi
  say "$((SECONDS - begin)) s"
}

is_current() { # PART DIGEST
  [ "$(cat "$home/setup/$1.stamp" 2>/dev/null)" = "$2" ]
}

# A part is stamped only when it is complete, so that a killed set-up begins that part anew.
stamp() { # PART DIGEST
  printf '%s\n' "$2" >"$home/setup/$1.stamp"
}

digest() { sha256sum | cut -c1-16; }

apt_install() { # PACKAGE...
  local sudo=()
  command -v apt-get >/dev/null || fail "$* is missing and there is no apt-get here." "Install it with this system's own package manager, then run make setup again."
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || fail "$* is missing and this user may not install it." "Run: sudo apt-get install $*   then: make setup"
    sudo=(sudo -n)
  fi
  step "apt-get update" "Is the package mirror reachable?" "${sudo[@]}" apt-get update -q
  step "apt-get install $*" "Run: apt-get install $*   then: make setup" \
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

check_system() {
  [ "$(uname -s)" = Linux ] || fail "Toile's laptop runs on Debian and its kin, and this is $(uname -s)." \
    "Use a Linux machine, a virtual machine or WSL 2; docker-compose.yml is the way for a team."
  command -v apt-get >/dev/null || say "  note: not a Debian system. This was not tried; Python and Java must be installed already."
}

# The versions that the lock files were resolved for.
find_python() {
  local candidate
  for candidate in ${TOILE_PYTHON:+"$TOILE_PYTHON"} python3.11 python3.12 python3.13 python3; do
    python=$("$candidate" -c 'import sqlite3, ssl, sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit(1); print(sys.executable)' \
      2>/dev/null) && return
  done
  fail "no Python 3.11, 3.12 or 3.13 (with ssl and sqlite3) on the PATH." \
    "Install one (Debian 12 and later have it: apt-get install python3), or name it: TOILE_PYTHON=/path/to/python3.11 make setup"
}

make_bootstrap() {
  local bootstrap=$home/venvs/bootstrap wanted
  wanted=$(cat "$repository/requirements/bootstrap.lock" <(say "$python") | digest)
  if ! is_current bootstrap "$wanted" || ! "$bootstrap/bin/uv" --version >/dev/null 2>&1; then
    "$python" -c 'import ensurepip' 2>/dev/null ||
      apt_install "$("$python" -c 'import sys; print("python{}.{}-venv".format(*sys.version_info))')"
    step "installer (uv)" "Is the package index reachable?" install_bootstrap "$bootstrap"
    stamp bootstrap "$wanted"
  fi
  uv=$bootstrap/bin/uv
}

install_bootstrap() { # FOLDER
  "$python" -m venv --clear "$1" &&
    "$1/bin/pip" install --quiet --require-hashes -r "$repository/requirements/bootstrap.lock"
}

make_environment() { # NAME
  local environment=$home/venvs/$1 lock=$repository/requirements/$1.lock wanted
  wanted=$(cat "$lock" <(say "$python" compiled) | digest)
  if ! is_current "$1" "$wanted" || ! "$environment/bin/python" -c '' 2>/dev/null; then
    rm -f "$home/setup/$1.stamp" "$home/setup/$1-project.stamp"
    step "environment '$1' ($(grep -c '==' "$lock") packages)" "Is the package index reachable? Run make setup again: it goes on from here." \
      install_environment "$environment" "$lock"
    stamp "$1" "$wanted"
  fi
  wanted=$(sed '/^\[tool\.ruff/,$d' "$repository/pyproject.toml" | cat - <(say "$repository") | digest)
  if ! is_current "$1-project" "$wanted"; then
    step "toile in environment '$1'" "The log tells what the build said." install_project "$environment"
    stamp "$1-project" "$wanted"
  fi
}

# Compiled now, in a minute: where PYTHONDONTWRITEBYTECODE is set, as in many containers, each job would compile anew
# what it imports, which takes longer than its work.
install_environment() { # FOLDER LOCK
  "$uv" venv --quiet --clear --python "$python" "$1" &&
    "$uv" pip install --quiet --compile-bytecode --python "$1/bin/python" --require-hashes -r "$2"
}

# The project itself, editable. The backend comes from the locked bootstrap environment: no isolated build, no network.
install_project() { # FOLDER
  local wheels
  wheels=$(mktemp -d) &&
    (cd "$repository" && "$home/venvs/bootstrap/bin/python" -c "from hatchling.build import build_editable; build_editable('$wheels')") &&
    "$uv" pip install --quiet --offline --no-deps --reinstall --python "$1/bin/python" "$wheels"/*.whl &&
    rm -r "$wheels"
}

# Spark speaks to Java 17 and 21, with the vector module that some builds leave out.
java_fits() { # JAVA
  "$1" -version 2>&1 | head -n 1 | grep -qE '"(17|21)[."]' && "$1" --add-modules=jdk.incubator.vector -version >/dev/null 2>&1
}

find_java() {
  local candidate
  for candidate in "${JAVA_HOME:-/none}/bin/java" "$(command -v java || say /none)" /usr/lib/jvm/*/bin/java; do
    if [ -x "$candidate" ] && java_fits "$candidate"; then
      java=$(dirname "$(dirname "$(readlink -f "$candidate")")")
      return
    fi
  done
  return 1
}

make_java() {
  local java packages=(openjdk-17-jre-headless openjdk-21-jre-headless) package
  java_fits "$home/java/bin/java" 2>/dev/null && return
  if ! find_java; then
    for package in "${packages[@]}"; do
      # Debian 12 has 17, Debian 13 has 21; where apt's lists are still empty, the first is asked for.
      apt-cache show "$package" >/dev/null 2>&1 && break
      package=${packages[0]}
    done
    apt_install "$package"
    find_java || fail "Java 17 or 21 was installed but cannot be found." "Name it: JAVA_HOME=/path/to/java make setup"
  fi
  ln -sfn "$java" "$home/java"
  say "  Java: $java"
}

make_jars() {
  local wanted
  wanted=$(cat "$repository/requirements/jars.txt" <(grep '^pyspark' "$repository/requirements/jobs.lock") | digest)
  is_current jars "$wanted" && [ -d "$home/jars" ] && return
  step "Spark's jars" "Is the Maven repository reachable?" \
    env JAVA_HOME="$home/java" "$home/venvs/jobs/bin/python" "$repository/infra/laptop/resolve_jars.py" \
    "$repository/requirements/jars.txt" "$home"
  stamp jars "$wanted"
}

# For the browser tests alone, which are skipped without it: what is missing stops nobody.
make_chromium() {
  command -v chromium >/dev/null || command -v google-chrome >/dev/null || (apt_install chromium) ||
    say "  note: without Chromium the browser tests of the Models page are skipped."
}

main() {
  local part begin=$SECONDS
  check_system
  [ $# -gt 0 ] || set -- "${parts[@]}"
  for part in "$@"; do
    [[ " ${parts[*]} " == *" $part "* ]] || fail "there is no part '$part'." "The parts are: ${parts[*]}"
  done
  mkdir -p "$home/setup" "$home/logs" "$home/venvs"
  home=$(cd "$home" && pwd)
  log=$home/logs/setup.log
  exec 9>"$home/setup/lock"
  flock -n 9 || { say "  another set-up is at work in $home: waiting for it"; flock 9; }
  find_python
  say "set-up of $home with $("$python" --version)"
  make_bootstrap
  for part in "$@"; do
    case $part in
      java | jars | chromium) "make_$part" ;;
      airflow | jobs) make_environment "$part" ;;
    esac
  done
  say "set-up is complete ($((SECONDS - begin)) s)"
}

main "$@"
