"""The processor under the AWS Lambda Runtime Interface Emulator, the real one (scripts/get-rie)."""

import glob
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "runtime_api"))
import support
from support import POISON, change, event, rows

PROCESSOR = support.executable("LORRY_PROCESSOR")
EMULATORS = sorted(glob.glob(os.path.join(os.environ.get("LORRY_TOOLS", ""), "aws-lambda-rie-*")))
if not EMULATORS:
    print("skipped: no emulator; scripts/get-rie downloads it")
    sys.exit(support.SKIPPED)

SUCCESS = {"batchItemFailures": []}
T0 = 1720747060000000


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return "127.0.0.1:%d" % server.getsockname()[1]


class Emulator:
    """The emulator with a processor in it; its output, which has the processor's, goes to a file."""

    def __init__(self, folder, timeout_s, **settings):
        self.address = free_address()
        self.log = os.path.join(folder, "emulator.log")
        environment = {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_s), "AWS_REGION": "eu-west-1",
                       "AWS_LAMBDA_FUNCTION_NAME": "f", **settings}
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [EMULATORS[-1], "--runtime-interface-emulator-address", self.address,
                 "--runtime-api-address", free_address(), PROCESSOR],
                env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        self.wait_until_ready()

    def wait_until_ready(self):
        host, port = self.address.split(":")
        for _ in range(500):
            try:
                with socket.create_connection((host, int(port))):
                    return
            except ConnectionRefusedError:
                time.sleep(0.01)
        raise AssertionError(self.output())

    def invoke(self, body):
        """What the function answered."""
        url = f"http://{self.address}/2015-03-31/functions/function/invocations"
        request = urllib.request.Request(url, body.encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answer = response.read().decode()
        except urllib.error.HTTPError as error:
            answer = error.read().decode()
        return json.loads(answer)

    def output(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Rie(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.database = os.path.join(self.folder, "test.db")

    def start(self, timeout_s=30, **settings):
        settings = {"SINK_URL": f"sqlite:///{self.database}", "SINK_TABLE": "t", **settings}
        emulator = Emulator(self.folder, timeout_s, **settings)
        self.addCleanup(emulator.stop)
        return emulator

    def keys(self):
        return [pk for (pk,) in rows(self.database, "SELECT pk FROM t_live ORDER BY pk")]

    def test_success(self):
        emulator = self.start()
        self.assertEqual(emulator.invoke(event(change("a", T0), change("b", T0))), SUCCESS)
        self.assertEqual(emulator.invoke(event(change("a", T0 + 1, "REMOVE"))), SUCCESS)
        self.assertEqual(self.keys(), ['{"id":"b"}'])
        self.assertIn('"_aws":{"Timestamp":', emulator.output())

    def test_poison(self):
        emulator = self.start()
        self.assertEqual(emulator.invoke(event(POISON, change("a", T0))), SUCCESS)
        self.assertEqual(self.keys(), ['{"id":"a"}'])
        self.assertEqual(rows(self.database, "SELECT count(*) FROM t_dead_letters"), [(1,)])
        self.assertEqual(emulator.invoke("{}")["errorType"], "Lorry.NotAnEvent")

    def test_sink_down_and_up_again(self):
        with sqlite3.connect(self.database, isolation_level=None) as db:
            db.execute("BEGIN EXCLUSIVE")
            emulator = self.start(timeout_s=3)
            start = time.monotonic()
            answer = emulator.invoke(event(change("a", T0)))
            self.assertLess(time.monotonic() - start, 2.9)  # before the function is stopped
            self.assertEqual(answer["errorType"], "Lorry.SinkUnavailable")
            db.rollback()
        self.assertEqual(emulator.invoke(event(change("a", T0))), SUCCESS)
        self.assertEqual(self.keys(), ['{"id":"a"}'])

    def test_crash_and_restart(self):
        emulator = self.start(ON_ERROR="exit")
        answer = emulator.invoke(event(POISON, change("a", T0)))
        self.assertEqual(answer["errorType"], "Runtime.ExitError")
        self.assertIn("exit status 5", answer["errorMessage"])
        self.assertEqual(emulator.invoke(event(change("b", T0))), SUCCESS)
        self.assertEqual(self.keys(), ['{"id":"a"}', '{"id":"b"}'])

    def test_wrong_settings(self):
        emulator = self.start(ON_ERROR="stop", SQL_ECHO="loud")
        answer = emulator.invoke(event(change("a", T0)))
        self.assertEqual(answer["errorType"], "Lorry.WrongSetting")
        for name in "ON_ERROR", "SQL_ECHO":
            self.assertIn(name, answer["errorMessage"])


if __name__ == "__main__":
    unittest.main()
