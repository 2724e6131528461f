"""`lorry invoke --local` and the AWS Runtime Interface Emulator, side by side: a runtime that asks for all that
the Runtime API has, in the right order and in others, gets the same answers from both."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import rie
import support

LORRY = support.executable("LORRY")
PIPELINE = """project: toy
stage: dev
region: eu-west-1
source: {dynamodb: {table: toys, keys: {id: N}}}
stream: {name: toys-cdc}
processor: {name: f, repository: toys, timeout: 5s}
sink: {url: "crate://admin@example.net:4200/", table: toys}
"""
# Calls one after the other; every answer is a line of the log: what was called, status, type of the error.
RUNTIME = """#!/usr/bin/env python3
import http.client, json, os, sys
api, base, request = os.environ["AWS_LAMBDA_RUNTIME_API"], "/2018-06-01/runtime/", None
def call(method, path, body=None, headers={{}}):
    connection = http.client.HTTPConnection(api)
    connection.request(method, base + path.format(id=request) if path[0] != "/" else path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    try:
        kind = json.loads(text).get("errorType")
    except ValueError:
        kind = None
    print("CALL", method, path, len(body or ""), answer.status, kind, answer.headers.get("Allow"), flush=True)
    return answer, text
for step in {steps}:
    if step == "exit":
        sys.exit(7)
    answer, text = call(*step)
    request = answer.headers.get("Lambda-Runtime-Aws-Request-Id", request)
    if step == ('GET', 'invocation/next') and text != b'{{"a": 1}}':
        sys.exit(8)
"""
NEXT = ("GET", "invocation/next")
RESPOND = ("POST", "invocation/{id}/response", '{"b": 2}')
FAIL = ("POST", "invocation/{id}/error", '{"errorType": "Toy", "errorMessage": "no good"}',
        {"Lambda-Runtime-Function-Error-Type": "Toy.Kind"})
INIT_FAIL = ("POST", "init/error", '{"errorType": "Toy", "errorMessage": "cannot begin"}',
             {"Lambda-Runtime-Function-Error-Type": "Toy.Init"})
CASES = {
    "respond": [NEXT, RESPOND, "exit"],
    "fail": [NEXT, FAIL, "exit"],
    "twice": [NEXT, NEXT, RESPOND, RESPOND, FAIL, "exit"],
    "paths": [("GET", "/"), ("GET", "/2018-06-01/runtime/nothing"), ("POST", "invocation/next", ""), NEXT,
              ("GET", "invocation/{id}/response"), ("POST", "invocation/other/response", "1"),
              ("POST", "invocation/other/error", "{}"), ("POST", "invocation/{id}/nothing", "1"), RESPOND, "exit"],
    "init error": [INIT_FAIL, "exit"],
    "init error too late": [NEXT, INIT_FAIL, RESPOND, "exit"],
    "largest": [NEXT, ("POST", "invocation/{id}/response", '"%s"' % ("x" * ((6 << 20) + 98))), "exit"],
    "too large": [NEXT, ("POST", "invocation/{id}/response", '"%s"' % ("x" * ((6 << 20) + 99))), "exit"],
    "no answer": [NEXT, "exit"],
}


class Emulation(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "pipeline.yaml").write_text(PIPELINE, encoding="utf-8")

    def of_lorry(self, script):
        with zipfile.ZipFile(self.folder / "own.zip", "w") as archive:
            entry = zipfile.ZipInfo("bootstrap")
            entry.create_system, entry.external_attr = 3, 0o755 << 16
            archive.writestr(entry, script)
        result = subprocess.run(
            [LORRY, "invoke", "--local", "--package=own.zip", "--payload=-", "--json"], input='{"a": 1}',
            cwd=self.folder, capture_output=True, encoding="utf-8", timeout=60, check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "AWS_EC2_METADATA_DISABLED": "true"})
        value = json.loads(result.stdout)
        return value["response"], value["log"]

    def of_rie(self, script):
        bootstrap = self.folder / "bootstrap"
        bootstrap.write_text(script, encoding="utf-8")
        emulator = rie.Emulator(str(self.folder), [sys.executable, str(bootstrap)], 5)
        try:
            return emulator.invoke('{"a": 1}'), emulator.output()
        finally:
            emulator.stop()

    def compare(self, steps):
        """What both answer; the calls are the same."""
        script = RUNTIME.format(steps=repr(steps))
        (local, log), (official, official_log) = self.of_lorry(script), self.of_rie(script)
        calls = [line for line in log.splitlines() if line.startswith("CALL")]
        # The official one starts the runtime again when it ended too early.
        expected = [line for line in official_log.splitlines() if line.startswith("CALL")][:len(calls)]
        self.assertEqual(calls, expected)
        self.assertGreaterEqual(len(calls), len(steps) - 1)
        return local, official

    def test_same_calls_same_answers(self):
        for name, steps in CASES.items():
            with self.subTest(name):
                local, official = self.compare(steps)
                if isinstance(local, dict) and "errorMessage" in local:
                    self.assertEqual(local["errorType"], official["errorType"])
                    # The request has another id, and sizes are told in other words.
                    self.assertEqual(local["errorMessage"].partition(" Error: ")[2],
                                     official["errorMessage"].partition(" Error: ")[2])
                else:
                    self.assertEqual(local, official)


if __name__ == "__main__":
    unittest.main()
