"""Runs the built `lorry` (environment variable LORRY) in a folder of its own."""

import errno
import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LORRY = os.environ.get("LORRY", str(ROOT / "build" / "src" / "lorry"))
SHARED = Path(os.environ.get("LORRY_SHARED", str(ROOT / ".." / "shared")))

def list_commands():
    """As `lorry --help` lists them; the last one is `help`, which it does not."""
    text = subprocess.run([LORRY, "--help"], capture_output=True, encoding="utf-8", check=True).stdout
    return re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +\S", text, flags=re.M) + ["help"]


COMMANDS = list_commands()


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="lorry-cli-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.sink = "sqlite:///" + str(self.folder / "sink.db")

    def environment(self, **more):
        """Nothing of the caller's that lorry would look at."""
        clean = {name: value for name, value in os.environ.items()
                 if not re.match("AWS_|LORRY_DEBUG|LORRY_REGISTRY|SINK_|CRATEDB_|COLUMN_TYPES|NO_COLOR|TERM$|ARGP_", name)}
        return dict(clean, **more)

    def lorry(self, *words, stdin="", env=None):
        return subprocess.run(
            [LORRY, *words], input=stdin, capture_output=True, encoding="utf-8", cwd=self.folder,
            env=self.environment(**(env or {})), timeout=60)

    def check(self, *words, status=0, **more):
        result = self.lorry(*words, **more)
        self.assertEqual(result.returncode, status, (words, result.stdout, result.stderr))
        return result

    def check_json(self, *words, **more):
        return json.loads(self.check(*words, "--json", **more).stdout)

    def on_terminal(self, *words, columns=80, **environment):
        """All that it writes, with its three streams on a terminal."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with subprocess.Popen([LORRY, *words], cwd=self.folder, env=self.environment(**{"TERM": "xterm", **environment}),
                              stdin=slave, stdout=slave, stderr=slave):
            os.close(slave)
            text = read_to_the_end(master).decode()
        os.close(master)
        return text

    def query(self, statement):
        return self.check_json("query", "--sink", self.sink, statement)["rows"]

    def write(self, name, content):
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return str(path)

    def generate(self, name, *options):
        """An input made by gen_events.py; skips the test where that is not at hand."""
        generator = SHARED / "gen_events.py"
        if not generator.exists():
            self.skipTest("no gen_events.py in LORRY_SHARED")
        path = self.folder / name
        subprocess.run([sys.executable, str(generator), "--out", str(path), *options], check=True)
        return str(path)


def read_to_the_end(master):
    """All that was written to a terminal that nobody holds open any more: then it fails (EIO)."""
    text = b""
    try:
        while piece := os.read(master, 65536):
            text += piece
    except OSError as error:
        if error.errno != errno.EIO:
            raise
    return text


def change(key, version, **item):
    """A CDC record as it lies in a Kinesis stream; without an item: a REMOVE."""
    keys = {"device": {"S": key}}
    body = {"ApproximateCreationDateTime": version, "Keys": keys,
            "ApproximateCreationDateTimePrecision": "MICROSECOND"}
    if item:
        body["NewImage"] = dict(keys, **item)
    return json.dumps({
        "eventID": "%s-%d" % (key, version), "eventName": "INSERT" if item else "REMOVE",
        "eventSource": "aws:dynamodb", "tableName": "source", "dynamodb": body})


if __name__ == "__main__":
    sys.exit("this is a module")
