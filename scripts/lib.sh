# Shared by the scripts beside it: source it, with bash, from anywhere.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

# Debian's Meson and Python; ones from pip or pyenv may stand before them in the PATH.
prefer_system() {
    if [ -x "/usr/bin/$1" ]; then echo "/usr/bin/$1"; else echo "$1"; fi
}
MESON=$(prefer_system meson)
PYTHON=$(prefer_system python3)
export MESON PYTHON
# Tests of servers wait as long as they compute: for time limits, batching windows, each other.
export MESON_TESTTHREADS=${MESON_TESTTHREADS:-$((2 * $(nproc)))}

say() { printf '%s\n' "$*" >&2; }
die() {
    say "$(basename "$0"): $*"
    exit 1
}

# The files of the project, without what was built or downloaded.
project_files() {
    if [ -e .git ] && command -v git >/dev/null; then
        # A file deleted but not committed yet is still listed, hence the test.
        git -c safe.directory='*' ls-files --cached --others --exclude-standard "$@" |
            while IFS= read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done
    else
        # `find` has no globs over folders as git has them: list all, then match the names.
        local pattern
        find . -type f -not -path './build*' -not -path './.venv/*' -not -path './.tools/*' |
            sed 's|^\./||' | while IFS= read -r file; do
                [ $# -gt 0 ] || printf '%s\n' "$file"
                for pattern in "$@"; do
                    # shellcheck disable=SC2053 # a glob is meant
                    [[ $file == $pattern ]] && printf '%s\n' "$file" && break
                done
            done
    fi | sort -u
}

# Configures the build folder $1 with the options that follow, unless it is.
configure_in() {
    local dir=$1 log
    shift
    [ ! -e "$dir/build.ninja" ] || return 0
    command -v "$MESON" >/dev/null || die "no Meson here: scripts/setup installs what is missing"
    log=$(mktemp)
    "$MESON" setup "$dir" "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        die "could not configure $dir; scripts/setup installs what is missing"
    }
    rm -f "$log"
}

# Compiles in the build folder $1 the targets that follow, by default all.
compile_in() {
    local dir=$1
    shift
    ninja -C "$dir" --quiet "$@" | sed "/^ninja: no work to do\.$/d" >&2
}
