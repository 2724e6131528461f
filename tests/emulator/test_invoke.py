"""lorry invoke: a function on Lambda, its answer, its errors, its log."""

import io
import json
import os
import subprocess
import sys
import unittest
import zipfile
from pathlib import Path

import packages

packages.require("botocore", "ministack")
from emulator import ACCOUNT, Emulator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from documented import assert_documented

LORRY = os.environ["LORRY"]
# Answers with the number of records; an event {"fail": TEXT} is an error.
BOOTSTRAP = """#!/usr/bin/env python3
import json, os, urllib.request
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
def post(path, value):
    urllib.request.urlopen(urllib.request.Request(base + path, json.dumps(value).encode(), method="POST"))
while True:
    answer = urllib.request.urlopen(base + "next")
    request, event = answer.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(answer.read())
    print("plain \\x1b[2J text")
    print(json.dumps({"timestamp": "2026-11-23T22:10:33.123456Z", "level": "ERROR", "message": "it hurts"}),
          flush=True)
    if "fail" in event:
        post(request + "/error", {"errorType": "Toy", "errorMessage": event["fail"]})
    else:
        post(request + "/response", {"records": len(event["Records"])})
"""


PIPELINE = """project: toy
stage: dev
region: eu-central-1
source: {dynamodb: {table: toys, keys: {id: N}}}
stream: {name: toys-cdc}
processor: {name: f, repository: toys}
sink: {url: "crate://admin@example.net:4200/", table: toys}
"""


def package():
    """A zip with an executable `bootstrap`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, BOOTSTRAP)
    return out.getvalue()


class Invoke(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.aws = Emulator(auth=True)
        cls.addClassCleanup(cls.aws.stop)
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
        cls.aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
        cls.aws.client("lambda").create_function(
            FunctionName="f", Runtime="provided.al2023", Handler="bootstrap", Timeout=20,
            Role=f"arn:aws:iam::{ACCOUNT}:role/r", Code={"ZipFile": package()})

    def invoke(self, *words, status=0, stdin=""):
        result = subprocess.run([LORRY, "invoke", *words], env=self.aws.environment(), input=stdin, cwd=self.aws.folder,
                                capture_output=True, encoding="utf-8", timeout=60)
        self.assertEqual(result.returncode, status, (words, result.stdout, result.stderr))
        return result

    def test_example(self):
        result = self.invoke("--function=f", "--example=dynamodb")
        self.assertEqual(json.loads(result.stdout), {"records": 2})
        lines = result.stderr.splitlines()
        self.assertIn("2026-11-23T22:10:33.123Z ERROR it hurts", lines)
        self.assertIn("plain  [2J text", lines)
        self.assertEqual(self.invoke("--function=f", "--example=insert", "--quiet").stderr, "")

    def test_payload_and_json(self):
        name = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:f"
        text = self.invoke("--function", name, "--payload=-", "--json", stdin='{"Records": []}').stdout
        value = json.loads(text)
        assert_documented(self, "lorry invoke", value)
        self.assertEqual((value["failed"], value["response"]), (False, {"records": 0}))
        self.assertIn("it hurts", value["log"])

    def test_function_and_keys_of_the_pipeline(self):
        file = self.aws.folder / "pipeline.yaml"
        self.addCleanup(file.unlink)
        file.write_text(PIPELINE, encoding="utf-8")
        self.assertEqual(json.loads(self.invoke("--example=poison").stdout), {"records": 3})

    def test_an_error_of_the_function_is_a_failure(self):
        result = self.invoke("--function=f", "--payload=-", status=1, stdin='{"fail": "no \\u001b[2J good"}')
        self.assertEqual(json.loads(result.stdout)["errorType"], "Toy")
        self.assertIn('lorry invoke: the function "f" failed (Unhandled): Toy: no  [2J good\n', result.stderr)
        result = self.invoke("--function=f", "--payload=-", "--json", status=1, stdin='{"fail": "x"}')
        self.assertEqual(json.loads(result.stdout)["failed"], True)

    def test_wrong_use(self):
        for words, what in [(["--function=f"], "which event"), (["--example=insert"], "which function"),
                            (["--function=f", "--example=x", "--payload=y"], "which event"),
                            (["--function=f", "--example=insrt"], 'did you mean "insert"')]:
            self.assertIn(what, self.invoke(*words, status=2).stderr)
        self.assertIn("standard input: not JSON", self.invoke("--function=f", "--payload=-", status=1, stdin="{").stderr)
        self.assertIn("standard input: it is empty", self.invoke("--function=f", "--payload=-", status=1, stdin="").stderr)
        self.assertIn("is the name right", self.invoke("--function=g", "--example=insert", status=1).stderr)
        large = self.invoke("--function=f", "--payload=-", status=1, stdin='"%s"' % ("x" * (6 << 20)))
        self.assertIn("6291456", large.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
