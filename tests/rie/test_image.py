"""The image that `lorry image build` makes, unpacked and entered with nothing else in it, under the emulator."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import rie
import support
from support import POISON, change, event, rows

LORRY = support.executable("LORRY")
SUCCESS = {"batchItemFailures": []}
T0 = 1720747060000000


def skip_reason():
    if os.geteuid() != 0:
        return "chroot needs root"
    if os.environ["LORRY_SANITIZE"] != "none":
        return "sanitizers want /proc"
    missing = [tool for tool in ("umoci", "chroot") if not shutil.which(tool)]
    return "no %s here" % missing[0] if missing else None


if skip_reason():
    print("skipped: " + skip_reason())
    sys.exit(support.SKIPPED)


class Image(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.made = json.loads(self.run_here(LORRY, "image", "build", "-o", "image", "--json"))
        self.run_here("umoci", "unpack", "--image", "image:latest", "bundle")
        self.root = self.folder / "bundle" / "rootfs"

    def run_here(self, *words):
        return subprocess.run(words, cwd=self.folder, check=True, capture_output=True, encoding="utf-8").stdout

    def files(self):
        """What is in the root besides folders."""
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if not path.is_dir()}

    def test_what_is_in_it(self):
        expected = {"etc/ssl/certs/ca-certificates.crt", "usr/bin/lorry-processor"}
        self.assertLessEqual(expected, self.files())
        others = self.files() - expected
        self.assertEqual(len(self.made["layers"]), 3 if others else 2)
        if os.environ["LORRY_STATIC_PROCESSOR"] == "true":
            self.assertEqual(others, set())
        self.assertTrue(all(".so" in name for name in others), others)
        for path in self.root.rglob("*"):
            self.assertFalse(path.is_symlink())
            self.assertTrue(path.stat().st_mode & stat.S_IROTH)

    def test_answers_the_emulator(self):
        chroot = [shutil.which("chroot"), str(self.root), "/usr/bin/lorry-processor"]
        emulator = rie.Emulator(str(self.folder), chroot, 30, SINK_URL="sqlite:////tmp/sink.db", SINK_TABLE="t")
        self.addCleanup(emulator.stop)
        self.assertEqual(emulator.invoke(event(change("a", T0), POISON, change("b", T0))), SUCCESS)
        self.assertEqual(emulator.invoke(event(change("a", T0 + 1, "REMOVE"))), SUCCESS)
        database = str(self.root / "tmp" / "sink.db")
        self.assertEqual(rows(database, "SELECT pk FROM t_live"), [('{"id":"b"}',)])
        self.assertEqual(rows(database, "SELECT count(*) FROM t_dead_letters"), [(1,)])
        self.assertIn('"_aws":{"Timestamp":', emulator.output())


if __name__ == "__main__":
    unittest.main()
