"""What `meson install` gives is enough to build a record processor of one's own, and a program that describes its
stack."""

import os
import subprocess
import sys
import tempfile

meson, build, processor, stack, compiler = sys.argv[1:]


def run(*args, **kwargs):
    return subprocess.run(args, check=True, text=True, stdout=subprocess.PIPE, **kwargs).stdout


class Installed:
    def __init__(self, folder):
        self.folder = folder
        run(meson, "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder)
        self.pc = run("find", folder, "-name", "lorry.pc").strip() or sys.exit("no lorry.pc was installed")
        self.prefix = folder + run("pkg-config", "--variable=prefix", self.pc).strip()
        for name in "bin/lorry", "bin/lorry-processor", "include/lorry/processor.h", "include/lorry/stack.h", \
                "share/lorry/pipeline.schema.json", "share/bash-completion/completions/lorry", \
                "share/zsh/site-functions/_lorry", "share/fish/vendor_completions.d/lorry.fish":
            if not os.path.exists(os.path.join(self.prefix, name)):
                sys.exit(f"no {name} was installed")

    def pkg_config(self, package, *words):
        environment = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(self.pc)}
        return run("pkg-config", f"--define-variable=prefix={self.prefix}", package, *words, env=environment).split()

    def compile(self, name, source, flags):
        """Outside of the source tree only the installed headers are there."""
        errors = subprocess.run([*compiler.split(), "-Wall", "-Wextra", "-o", name, source, *flags], check=True,
                                text=True, cwd=self.folder, stderr=subprocess.PIPE).stderr
        if errors:
            sys.exit(f"{name}: {errors}")
        return os.path.join(self.folder, name)


def check_processor(installed, kind, more):
    flags = installed.pkg_config("lorry", "--cflags", "--libs", "--static")
    program = installed.compile(kind, processor, [*more, *flags])
    result = subprocess.run([program, "--table", "t", "-", "sqlite:///test.db"], cwd=installed.folder,
                            input='{"eventName": "REMOVE"}\n', text=True, stdout=subprocess.PIPE, check=True)
    if "dead letters     1" not in result.stdout:
        sys.exit(f"{kind}: {result.stdout}")


def check_stack(installed):
    program = installed.compile("deploy-pipeline", stack, installed.pkg_config("lorry-stack", "--cflags", "--libs"))
    template = run(program, "template", cwd=installed.folder)
    if "TableName: table-testdrive\n" not in template:
        sys.exit(f"{program}: {template}")
    if "liblorry" in run("ldd", program):
        sys.exit(f"{program} needs a library of lorry's to run")


with tempfile.TemporaryDirectory() as folder:
    installed = Installed(folder)
    check_processor(installed, "dynamic", [])
    check_processor(installed, "static", installed.pkg_config("lorry", "--variable=static_link_args"))
    check_stack(installed)
