# Thin fronts. Meson builds: `meson setup build && ninja -C build` does the same as `make`.
# `check` also installs what is missing (see scripts/setup).
BUILD ?= build
export BUILD

all:
	@scripts/build

check:
	@scripts/check

format:
	@scripts/format

install: all
	@$(shell [ -x /usr/bin/meson ] && echo /usr/bin/meson || echo meson) install -C $(BUILD) --no-rebuild

clean:
	rm -rf $(BUILD)

.PHONY: all check format install clean
