"""What `meson install` gives is enough to build a record processor of one's own."""

import os
import subprocess
import sys
import tempfile

SKIPPED = 77

meson, build, source, compiler = sys.argv[1:]


def run(*args, **kwargs):
    return subprocess.run(args, check=True, text=True, stdout=subprocess.PIPE, **kwargs).stdout


with tempfile.TemporaryDirectory() as folder:
    run(meson, "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder)
    found = run("find", folder, "-name", "lorry.pc").strip()
    if not found:
        sys.exit("no lorry.pc was installed")
    prefix = folder + run("pkg-config", "--variable=prefix", found).strip()
    for name in "bin/lorry", "bin/lorry-processor", "include/lorry/processor.h", \
            "share/lorry/pipeline.schema.json":
        if not os.path.exists(os.path.join(prefix, name)):
            sys.exit(f"no {name} was installed")

    environment = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(found)}
    pkg_config = ["pkg-config", f"--define-variable=prefix={prefix}", "lorry"]
    flags = run(*pkg_config, "--cflags", "--libs", "--static", env=environment).split()
    static = run(*pkg_config, "--variable=static_link_args", env=environment).split()
    for kind, more in ("dynamic", []), ("static", static):
        program = os.path.join(folder, kind)
        # Outside of the source tree only the installed headers are there.
        errors = subprocess.run([*compiler.split(), "-Wall", "-Wextra", "-o", program, source,
                                 *more, *flags], check=True, text=True, cwd=folder,
                                stderr=subprocess.PIPE).stderr
        if errors:
            sys.exit(f"{kind}: {errors}")
        record = '{"eventName": "REMOVE"}\n'
        result = subprocess.run([program, "--table", "t", "-", "sqlite:///test.db"], cwd=folder,
                                input=record, text=True, stdout=subprocess.PIPE, check=True)
        if "dead letters     1" not in result.stdout:
            sys.exit(f"{kind}: {result.stdout}")
