# Thin fronts. Meson builds: `meson setup build && ninja -C build` does the same as `make`.
# `demo` and `check` also install what is missing (see scripts/setup).
BUILD ?= build
export BUILD

all:
	@scripts/build

demo:
	@scripts/demo

check:
	@scripts/check

bench:
	@scripts/bench

format:
	@scripts/format

install: all
	@$(shell [ -x /usr/bin/meson ] && echo /usr/bin/meson || echo meson) install -C $(BUILD) --no-rebuild

clean:
	rm -rf $(BUILD) build-bench build-fuzz

.PHONY: all demo check bench format install clean
