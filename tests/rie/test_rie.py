"""The processor under the AWS Lambda Runtime Interface Emulator."""

import os
import sqlite3
import tempfile
import time
import unittest

import rie
import support
from support import POISON, change, event, rows

PROCESSOR = support.executable("LORRY_PROCESSOR")
SUCCESS = {"batchItemFailures": []}
T0 = 1720747060000000


class Rie(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.database = os.path.join(self.folder, "test.db")

    def start(self, timeout_s=30, **settings):
        settings = {"SINK_URL": f"sqlite:///{self.database}", "SINK_TABLE": "t", **settings}
        emulator = rie.Emulator(self.folder, [PROCESSOR], timeout_s, **settings)
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
