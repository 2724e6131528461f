"""What `lorry validate` says about each file in files/, held against the .txt beside it.

The first lines of a file may say how it is read: "# with NAME=value ..." sets variables (\\xNN is a
byte), "# stage NAME" chooses one, "# emulated" names an endpoint. LORRY_UPDATE=1 writes the .txt."""

import os
import re
import subprocess
import unittest
from pathlib import Path

FILES = Path(__file__).resolve().parent / "files"
LORRY = os.environ["LORRY"]


def directives(content):
    """(environment, arguments) of the first lines."""
    environment, words = {}, []
    for line in content.splitlines():
        if line.startswith(b"# with "):
            for pair in line[len(b"# with "):].split():
                name, value = pair.split(b"=")
                environment[name] = re.sub(rb"\\x(..)", lambda m: bytes.fromhex(m[1].decode()), value)
        elif line.startswith(b"# stage "):
            words += ["--stage", line.split()[2].decode()]
        elif line == b"# emulated":
            words += ["--endpoint-url", "http://127.0.0.1:1"]
        else:
            break
    return environment, words


def validate(path):
    environment, words = directives(path.read_bytes())
    return subprocess.run([LORRY, "validate", "-f", path.name, *words], cwd=FILES, timeout=60,
                          env=environment, capture_output=True, check=False)


class Files(unittest.TestCase):
    maxDiff = None

    def test_findings(self):
        for path in sorted(FILES.glob("*.yaml")):
            with self.subTest(path.name):
                result = validate(path)
                found = (result.stdout + result.stderr).decode()
                expected = path.with_suffix(".txt")
                if os.environ.get("LORRY_UPDATE"):
                    expected.write_text(found, encoding="utf-8")
                self.assertEqual(found, expected.read_text(encoding="utf-8"))
                errors = [line for line in result.stderr.decode().splitlines()
                          if not re.match(r"[^:]+:\d+:\d+: warning: ", line)]
                self.assertEqual(result.returncode, 1 if errors else 0)
                self.assertNotIn("hunter2", found)

    def test_good_ones_are_good(self):
        for path in FILES.glob("good-*.yaml"):
            self.assertEqual(validate(path).stderr, b"", path.name)

    def test_none_is_left_over(self):
        self.assertEqual({path.stem for path in FILES.glob("*.yaml")},
                         {path.stem for path in FILES.glob("*.txt")})


if __name__ == "__main__":
    unittest.main()
