"""The zip package: what is in it, that it is the same everywhere, what is refused."""

import base64
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import unittest
import zipfile

from documented import assert_documented
from harness import LORRY, Case


class Zip(Case):
    @classmethod
    def setUpClass(cls):
        cls.compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")

    def setUp(self):
        super().setUp()
        bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
        self.bundle = next(filter(os.path.exists, bundles), None)
        if not self.bundle:
            self.skipTest("no CA bundle on this system")

    def compile(self, *options, name="own"):
        source = self.write(name + ".c", "int main(void) { return 0; }\n")
        target = str(self.folder / name)
        subprocess.run([self.compiler, "-o", target, source, *options], check=True)
        return target

    def make(self, processor, output="out.zip", **env):
        made = self.check_json("zip", "--entrypoint", processor, "--ca-bundle", self.bundle,
                               "-o", output, env=env)
        assert_documented(self, "lorry zip", made)
        return made, (self.folder / output).read_bytes()

    def test_content(self):
        processor = self.compile("-static")
        made, content = self.make(processor)
        self.assertEqual(made["size"], len(content))
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        self.assertEqual(made["code_sha256"], digest)
        self.assertIn(made["architecture"], ["x86_64", "arm64"])
        with zipfile.ZipFile(self.folder / "out.zip") as archive:
            self.assertIsNone(archive.testzip())
            entries = archive.infolist()
            self.assertEqual([e.filename for e in entries], ["bootstrap", "ca-bundle.crt"])
            modes = [stat.S_IMODE(e.external_attr >> 16) for e in entries]
            self.assertEqual(modes, [0o755, 0o644])
            self.assertEqual({e.date_time for e in entries}, {(1980, 1, 1, 0, 0, 0)})
            with open(processor, "rb") as file:
                self.assertEqual(archive.read("bootstrap"), file.read())
            with open(self.bundle, "rb") as file:
                self.assertEqual(archive.read("ca-bundle.crt"), file.read())
        self.assertEqual(stat.S_IMODE((self.folder / "out.zip").stat().st_mode), 0o644)

    def test_unpacked_it_runs(self):
        self.make(self.compile("-static"))
        subprocess.run([sys.executable, "-m", "zipfile", "-e", "out.zip", "there"],
                       cwd=self.folder, check=True)
        bootstrap = self.folder / "there" / "bootstrap"
        bootstrap.chmod(0o755)  # zipfile drops modes; Lambda keeps them
        subprocess.run([str(bootstrap)], check=True)

    def test_same_bytes(self):
        processor = self.compile("-static")
        _, first = self.make(processor)
        self.assertEqual(self.make(processor, output="b.zip", TZ="Asia/Tokyo")[1], first)
        elsewhere = self.folder / "else" / "where"
        elsewhere.mkdir(parents=True)
        copy = str(elsewhere / "renamed")
        shutil.copy(processor, copy)
        os.chmod(copy, 0o600)
        os.utime(copy, (1, 1))
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        self.assertEqual(self.make(copy, output="c.zip")[1], first)
        dated = self.make(processor, output="d.zip", SOURCE_DATE_EPOCH="1700000000")[1]
        self.assertNotEqual(dated, first)
        with zipfile.ZipFile(self.folder / "d.zip") as archive:
            self.assertEqual(archive.infolist()[0].date_time, (2023, 11, 14, 22, 13, 20))

    def refuse(self, *words, message, status=1, **env):
        result = self.check("zip", "-o", "out.zip", *words, status=status, env=env)
        self.assertIn(message, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertFalse((self.folder / "out.zip").exists())

    def test_refused(self):
        static = self.compile("-static")
        dynamic = self.compile(name="dynamic")
        script = self.write("script", "#!/bin/sh\n")
        with open(static, "rb") as file:
            head = file.read(100)
        (self.folder / "cut").write_bytes(head)
        (self.folder / "machine").write_bytes(head[:18] + b"\x08\x00" + head[20:] + bytes(4096))
        for name, message in [
                (script, "not an executable for Linux"),
                (dynamic, "linked dynamically"),
                (str(self.folder / "cut"), "not a complete executable"),
                (str(self.folder / "machine"), "built for machine 8"),
                (str(self.folder / "none"), "No such file"),
                (str(self.folder), "not a regular file")]:
            self.refuse("--entrypoint", name, message=message)
        self.refuse("--entrypoint", static, "--ca-bundle", script, message="no PEM certificate")
        self.refuse("--entrypoint", static, message="SOURCE_DATE_EPOCH", status=2,
                    SOURCE_DATE_EPOCH="today")

    def test_a_failure_keeps_what_was_there(self):
        self.write("out.zip", "before")
        self.check("zip", "--entrypoint", self.write("script", "#!/bin/sh\n"), "-o", "out.zip",
                   status=1)
        self.assertEqual((self.folder / "out.zip").read_text(), "before")

    def test_built_in_processor(self):
        """The one beside lorry; the build for sanitizers links it dynamically."""
        result = self.lorry("zip", "-o", "out.zip")
        beside = os.path.join(os.path.dirname(LORRY), "lorry-processor")
        if result.returncode:
            self.assertIn('"%s": it is linked dynamically' % beside, result.stderr)
            return
        with zipfile.ZipFile(self.folder / "out.zip") as archive, open(beside, "rb") as file:
            self.assertEqual(archive.read("bootstrap"), file.read())
        self.assertLess((self.folder / "out.zip").stat().st_size, 4000000)


if __name__ == "__main__":
    unittest.main()
