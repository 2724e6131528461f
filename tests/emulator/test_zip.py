"""The package that `lorry zip` makes, taken by Lambda."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

import packages

packages.require("botocore", "ministack")
sys.path.insert(0, str(packages.ROOT / "tests" / "runtime_api"))
import support
from emulator import ACCOUNT, Emulator

if os.environ["LORRY_STATIC_PROCESSOR"] != "true":
    print("skipped: -Dstatic_processor=false, and a package takes only a static one")
    sys.exit(packages.SKIPPED)

LORRY = os.environ["LORRY"]
TIME_US = 1720747060000000


class Zip(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.aws = Emulator()
        cls.addClassCleanup(cls.aws.stop)

    def package(self, name):
        """The bytes, and what lorry says about them."""
        path = Path(self.aws.folder) / name
        result = subprocess.run([LORRY, "zip", "-o", str(path), "--json"], env=self.aws.environment(),
                                capture_output=True, encoding="utf-8", timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        return path.read_bytes(), json.loads(result.stdout)

    def test_lambda_runs_it(self):
        code, stated = self.package("package.zip")
        database = Path(self.aws.folder) / "sink.db"
        functions = self.aws.client("lambda")
        made = functions.create_function(
            FunctionName="f", Runtime="provided.al2023", Handler="bootstrap", Timeout=20,
            Role=f"arn:aws:iam::{ACCOUNT}:role/r", Code={"ZipFile": code},
            Environment={"Variables": {"SINK_URL": f"sqlite:///{database}", "SINK_TABLE": "t"}})
        self.assertEqual(made["CodeSha256"], stated["code_sha256"])
        answer = functions.invoke(FunctionName="f", Payload=support.event(
            support.change("a", TIME_US), support.change("b", TIME_US), support.POISON))
        self.assertNotIn("FunctionError", answer, self.aws.log())
        self.assertEqual(support.rows(str(database), "SELECT pk FROM t_live ORDER BY pk"),
                         [('{"id":"a"}',), ('{"id":"b"}',)])
        self.assertEqual(support.rows(str(database), "SELECT count(*) FROM t_dead_letters"), [(1,)])

    def test_the_digest_is_that_of_the_file(self):
        code, stated = self.package("first.zip")
        again, _ = self.package("second.zip")
        self.assertEqual(code, again)
        self.assertEqual(base64.b64encode(hashlib.sha256(code).digest()).decode(), stated["code_sha256"])


if __name__ == "__main__":
    sys.exit(unittest.main())
