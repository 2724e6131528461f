"""Images of dynamically linked executables: with their libraries and their loader, and nothing else."""

import gzip
import io
import os
import re
import shutil
import struct
import subprocess
import tarfile
import unittest

from harness import Case

# e_machine of the ELF header
X86_64, AARCH64 = 62, 183


class Dynamic(Case):
    def setUp(self):
        super().setUp()
        self.compiler = shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")
        for folder in "bin", "lib", "lib/deep":
            (self.folder / folder).mkdir()

    def run_here(self, *words, **more):
        return subprocess.run(words, cwd=self.folder, check=True, capture_output=True,
                              encoding="utf-8", **more).stdout

    def compile(self, target, text, *options):
        source = self.write(os.path.basename(target) + ".c", text)
        self.run_here(self.compiler, "-o", target, source, *options)
        return target

    def library(self, path, value, needs=None, *options):
        """A library of a function that returns `value`, plus what the library it needs returns."""
        name = os.path.basename(path)[3:].split(".")[0]
        text = "int %s(void) { return %d; }\n" % (name, value)
        if needs:
            text = "int %s(void);\nint %s(void) { return %d + %s(); }\n" % (needs, name, value, needs)
        return self.compile(path, text, "-shared", "-fPIC", "-Wl,-soname," + os.path.basename(path), *options)

    def program(self, *options, calls="a"):
        return self.compile("bin/own", "int %s(void);\nint main(void) { return %s(); }\n" % (calls, calls),
                            *options)

    def chain(self, exe=(), lib=()):
        """own -> liba.so -> libb.so, in lib/ and lib/deep/."""
        self.library("lib/deep/libb.so", 40)
        self.library("lib/liba.so", 2, "b", "lib/deep/libb.so", *lib)
        self.program("lib/liba.so", "-Wl,-rpath-link,lib/deep", *exe)

    def build(self, entrypoint="bin/own", status=0, output="image", **env):
        shutil.rmtree(self.folder / output, ignore_errors=True)
        words = ["image", "build", "--entrypoint", entrypoint, "-o", output]
        if status:
            return self.check(*words, status=status).stderr
        return self.check_json(*words, env=env)

    def files(self, made, output="image"):
        """{path: mode} of the layer with the libraries; folders are not in it."""
        self.assertEqual(len(made["layers"]), 3)
        packed = (self.folder / output / "blobs" / "sha256" /
                  made["layers"][1]["digest"].removeprefix("sha256:")).read_bytes()
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as archive:
            members = archive.getmembers()
        for member in members:
            self.assertTrue(member.isdir() or member.isreg(), member.name)
        return {m.name: m.mode for m in members if m.isreg()}

    def runs(self, status, entrypoint="bin/own"):
        """In a root of its own: the kernel and the loader find everything. LD_ORIGIN_PATH is what the loader knows
        from /proc otherwise, which a plain chroot has not."""
        if os.geteuid() != 0 or not shutil.which("umoci"):
            self.skipTest("chroot needs root, and umoci")
        shutil.rmtree(self.folder / "bundle", ignore_errors=True)
        self.run_here("umoci", "unpack", "--image", "image:latest", "bundle")
        result = subprocess.run(
            [shutil.which("chroot"), str(self.folder / "bundle" / "rootfs"), "/usr/bin/" + os.path.basename(entrypoint)],
            timeout=60, env={"LD_ORIGIN_PATH": "/usr/bin"}, capture_output=True, encoding="utf-8", check=False)
        self.assertEqual(result.returncode, status, result.stderr)

    def test_origin_and_what_libraries_need(self):
        self.chain(exe=["-Wl,--enable-new-dtags,-rpath,$ORIGIN/../lib"],
                   lib=["-Wl,--enable-new-dtags,-rpath,${ORIGIN}/deep"])
        found = self.files(self.build())
        self.assertIn("usr/lib/liba.so", found)
        self.assertIn("usr/lib/deep/libb.so", found)
        self.assertEqual(len([name for name in found if "/libc." in name]), 1)
        self.assertEqual(set(found.values()), {0o755})
        self.assertEqual(self.check_json("image", "inspect", "image")["findings"], [])
        self.runs(42)

    def test_rpath_is_inherited_and_runpath_is_not(self):
        folders = "-rpath,$ORIGIN/../lib:$ORIGIN/../lib/deep"
        self.chain(exe=["-Wl,--disable-new-dtags," + folders])
        self.build()
        self.runs(42)
        self.chain(exe=["-Wl,--enable-new-dtags," + folders])
        message = self.build(status=1)
        self.assertRegex(message, r'/liba\.so" needs the library "libb\.so", which is nowhere')
        here = subprocess.run([str(self.folder / "bin" / "own")], capture_output=True, encoding="utf-8",
                              env={}, check=False)
        self.assertIn("libb.so: cannot open shared object file", here.stderr)  # the loader agrees

    def test_an_absolute_folder_stays(self):
        self.library("lib/liba.so", 7)
        self.program("lib/liba.so", "-Wl,-rpath,%s/lib" % self.folder)
        found = self.files(self.build())
        self.assertIn(str(self.folder)[1:] + "/lib/liba.so", found)
        self.runs(7)

    def test_links_become_files(self):
        self.library("lib/liba.so.1.2.3", 9)
        os.symlink("liba.so.1.2.3", self.folder / "lib" / "liba.so.1")
        self.compile("lib/liba.so.1.2.3", "int a(void) { return 9; }\n", "-shared", "-fPIC",
                     "-Wl,-soname,liba.so.1")
        self.program("lib/liba.so.1.2.3", "-Wl,-rpath,$ORIGIN/../lib")
        os.symlink("bin/own", self.folder / "link")
        found = self.files(self.build("link"))
        self.assertIn("usr/lib/liba.so.1", found)
        self.assertNotIn("usr/lib/liba.so.1.2.3", found)
        self.runs(9, "link")

    def test_platform_tokens(self):
        (self.folder / "lib" / os.uname().machine).mkdir()
        self.library("lib/%s/liba.so" % os.uname().machine, 5)
        self.program("lib/%s/liba.so" % os.uname().machine, "-Wl,-rpath,$ORIGIN/../lib/$PLATFORM")
        self.build()
        self.runs(5)

    def test_same_digest(self):
        self.chain(exe=["-Wl,-rpath,$ORIGIN/../lib"], lib=["-Wl,-rpath,$ORIGIN/deep"])
        first = self.build()
        for folder in "bin", "lib":
            shutil.copytree(self.folder / folder, self.folder / "else" / "where" / folder)
        for path in (self.folder / "else").rglob("*.so"):
            os.chmod(path, 0o4750)
            os.utime(path, (1, 1))
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        again = self.build("else/where/bin/own", output="again", TZ="Asia/Tokyo")
        self.assertEqual(again, dict(first, path="again"))
        self.assertEqual(set(self.files(again, "again").values()), {0o755})

    def test_only_the_last_layer_changes_with_the_executable(self):
        self.chain(exe=["-Wl,-rpath,$ORIGIN/../lib"], lib=["-Wl,-rpath,$ORIGIN/deep"])
        first = self.build()
        self.program("lib/liba.so", "-Wl,-rpath,$ORIGIN/../lib", "-Wl,-rpath-link,lib/deep", "-O2", "-g")
        second = self.build()
        self.assertEqual(first["layers"][:2], second["layers"][:2])
        self.assertNotEqual(first["layers"][2], second["layers"][2])

    def test_missing_library(self):
        self.chain(exe=["-Wl,-rpath,$ORIGIN/../lib"], lib=["-Wl,-rpath,$ORIGIN/deep"])
        os.remove(self.folder / "lib" / "deep" / "libb.so")
        self.assertIn('lib/liba.so" needs the library "libb.so"', self.build(status=1))
        self.write("lib/deep/libb.so", "not a library")
        self.assertIn('needs the library "libb.so"', self.build(status=1))
        self.assertFalse((self.folder / "image").exists())

    def test_other_architecture(self):
        """What is for another machine is passed over, as the loader does."""
        self.chain(exe=["-Wl,-rpath,$ORIGIN/../lib"], lib=["-Wl,-rpath,$ORIGIN/deep"])
        here = {"x86_64": X86_64, "aarch64": AARCH64}[os.uname().machine]
        library = self.folder / "lib" / "deep" / "libb.so"
        whole = library.read_bytes()
        library.write_bytes(self.with_machine(whole, X86_64 + AARCH64 - here))
        self.assertIn('needs the library "libb.so"', self.build(status=1))
        own = self.folder / "bin" / "own"
        own.write_bytes(self.with_machine(own.read_bytes(), X86_64 + AARCH64 - here))
        self.assertRegex(self.build(status=1), r'own" is for \w+, and its loader /\S+ for ')

    def with_machine(self, whole, machine):
        return whole[:18] + struct.pack("<H", machine) + whole[20:]

    def test_two_files_in_one_place(self):
        """A library that has the name of the executable, beside it."""
        self.compile("own", "int a(void) { return 3; }\n", "-shared", "-fPIC", "-Wl,-soname,own")
        self.compile("program", "int main(void) { return 0; }\n", "-L.", "-l:own",
                     "-Wl,--no-as-needed,-l:own,-rpath,$ORIGIN")
        os.symlink("../program", self.folder / "bin" / "own")
        message = self.build("bin/own", status=1)
        self.assertRegex(message, r'"\S+/program" and "\S+/own" would be one file in the image, /usr/bin/own')

    def test_loader_that_is_not_there(self):
        self.compile("bin/own", "int main(void) { return 0; }\n", "-Wl,--dynamic-linker=/nowhere/ld.so")
        self.assertIn('needs the loader /nowhere/ld.so', self.build(status=1))
        self.compile("bin/own", "int main(void) { return 0; }\n", "-Wl,--dynamic-linker=ld.so")
        self.assertIn('its loader is "ld.so", which is no absolute path', self.build(status=1))

    def test_the_loader_of_this_system_finds_the_same(self):
        """ldd is the judge, of programs with many libraries."""
        judged = 0
        for program in ["curl", "git", "sqlite3"]:
            path = shutil.which(program)
            listing = subprocess.run(["ldd", path], capture_output=True, encoding="utf-8", check=False).stdout \
                if path else ""
            if " => " not in listing or "not found" in listing:
                continue
            expected = set(re.findall(r"^\s*(\S+) => /", listing, re.M))
            loader = re.findall(r"^\s*(/\S+) \(", listing, re.M)
            found = self.files(self.build(path))
            self.assertEqual({os.path.basename(name) for name in found},
                             expected | {os.path.basename(name) for name in loader}, program)
            judged += 1
        if not judged:
            self.skipTest("no dynamically linked programs here, or no ldd")

    def test_musl(self):
        if not shutil.which("musl-gcc"):
            self.skipTest("no musl-gcc here")
        self.compiler = "musl-gcc"
        self.chain(exe=["-Wl,-rpath,{0}/lib:{0}/lib/deep".format(self.folder)])  # inherited
        found = self.files(self.build())
        self.assertEqual(len(found), 3, found)
        self.assertTrue(any("ld-musl-" in name for name in found))
        self.runs(42)

    def test_zip_refuses_it(self):
        self.compile("bin/own", "int main(void) { return 0; }\n")
        result = self.check("zip", "--entrypoint", "bin/own", status=1)
        self.assertIn("it is linked dynamically, and Lambda's system has other libraries", result.stderr)


if __name__ == "__main__":
    unittest.main()
