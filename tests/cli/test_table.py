"""lorry table, on SQLite."""

import os
import pty
import select
import subprocess
import time
import unittest

from documented import assert_documented
from harness import LORRY, Case, change


class Table(Case):
    def setUp(self):
        super().setUp()
        self.where = ["--sink", self.sink, "--table", "t"]

    def show(self, **more):
        shown = self.check_json("table", "show", *self.where, **more)
        assert_documented(self, "lorry table show", shown)
        return shown

    def at_terminal(self, *words, answer):
        """Exit status and what the terminal showed."""
        master, slave = pty.openpty()
        process = subprocess.Popen([LORRY, *words], stdin=slave, stdout=slave, stderr=slave,
                                   env=self.environment(TERM="dumb"))
        os.close(slave)
        shown, deadline, answered = "", time.monotonic() + 20, False
        while time.monotonic() < deadline:
            ready = select.select([master], [], [], 0.1)[0]
            try:
                shown += os.read(master, 4096).decode() if ready else ""
            except OSError:
                break
            if "[y/N]" in shown and not answered:
                os.write(master, answer.encode())
                answered = True
        os.close(master)
        return process.wait(timeout=20), shown


class Life(Table):
    def test_create_show_drop(self):
        self.assertFalse(self.show(status=1)["exists"])
        self.assertIn('there is no table "t"', self.check(
            "table", "show", *self.where, status=1).stderr)
        key = ["--key", "device:S"]
        created = self.check_json("table", "create", *self.where, *key)
        assert_documented(self, "lorry table show", created)
        self.assertEqual(created, self.show())
        self.assertEqual((created["layout"], created["rows"]), ("lorry", 0))
        self.assertEqual(created["key"], {"device": "S"})
        self.assertEqual([column["name"] for column in created["columns"]],
                         ["pk", "data", "aux", "version", "sequence", "deleted"])
        text = self.check("table", "create", *self.where, *key)
        self.assertEqual((text.stdout, text.stderr), ("", 'lorry table create: table "t" is there\n'))
        source = self.write("c.ndjson", "\n".join(
            [change("a", 1, x={"S": "x"}), change("b", 1), change("c", 1, x={"S": "x"}), "poison"]))
        self.check("relay", source, self.sink, "-t", "t")
        shown = self.show()
        self.assertEqual([shown[name] for name in ["rows", "tombstones", "dead_letters"]], [2, 1, 1])
        text = self.check("table", "show", *self.where).stdout
        self.assertRegex(text, r'(?m)^table +"t"$')
        self.assertRegex(text, r"(?m)^rows +2$")
        self.assertRegex(text, r'(?m)^key +{"device":"S"}$')
        self.assertRegex(text, r"(?m)^columns +pk +TEXT$")
        dropped = self.check_json("table", "drop", *self.where, "--yes")
        assert_documented(self, "lorry table drop", dropped)
        self.assertEqual(self.query("SELECT name FROM sqlite_master WHERE type = 'table'"),
                         [["t_dead_letters"]])
        text = self.check("table", "drop", *self.where, "-y", "--dead-letters")
        self.assertEqual(text.stderr, 'lorry table drop: table "t" and its dead letters are gone\n')
        self.assertEqual(self.query("SELECT count(*) FROM sqlite_master"), [[0]])

    def test_key_of_two_parts(self):
        self.check("table", "create", *self.where, "-k", "timestamp:S", "-k", "device:S")
        source = self.write("c.ndjson", change("a", 1, x={"S": "x"}))
        self.check("relay", "--strict", source, self.sink, "-t", "t", status=1)

    def test_drop_asks(self):
        self.check("table", "create", *self.where, "--key=a:S")
        self.check("table", "drop", *self.where, status=2)
        for answer in ["\n", "n\n", "nonsense\n"]:
            status, shown = self.at_terminal("table", "drop", *self.where, answer=answer)
            self.assertEqual(status, 1)
            self.assertIn('Drop the table "t" at %s? [y/N]' % self.sink, shown)
            self.assertIn("nothing was changed", shown)
            self.assertTrue(self.show()["exists"])
        status, shown = self.at_terminal("table", "drop", *self.where, answer="yes\n")
        self.assertEqual(status, 0, shown)
        self.assertFalse(self.show(status=1)["exists"])


class Upgrade(Table):
    def create(self, columns):
        self.check("query", "--sink", self.sink, "CREATE TABLE t (%s)" % columns)

    def test_nothing_to_do(self):
        self.check("table", "upgrade", *self.where, status=1)
        self.check("table", "create", *self.where, "--key=a:S")
        self.check("table", "upgrade", *self.where)

    def test_empty_table_without_a_key(self):
        self.create("data")
        self.assertEqual(self.show()["layout"], "document")
        self.assertIn("the table has no key", self.check(
            "table", "upgrade", *self.where, "--yes", status=2).stderr)
        self.check("table", "upgrade", *self.where, "--key=device:S", status=2)
        status, shown = self.at_terminal("table", "upgrade", *self.where, "--key=device:S",
                                         answer="n\n")
        self.assertEqual(status, 1, shown)
        self.assertEqual(self.show()["layout"], "document")
        upgraded = self.check_json("table", "upgrade", *self.where, "--key=device:S", "--yes")
        assert_documented(self, "lorry table show", upgraded)
        self.assertEqual(upgraded["layout"], "lorry")

    def test_full_table_without_a_key(self):
        self.create("data")
        self.query("INSERT INTO t VALUES ('{}')")
        result = self.check("table", "upgrade", *self.where, "--key=device:S", "--yes", status=1)
        self.assertIn('"t"', result.stderr)
        self.assertEqual(self.show()["layout"], "document")

    def test_layout_of_the_predecessor(self):
        self.create("pk TEXT PRIMARY KEY, data, aux")
        self.assertEqual(self.show()["layout"], "lorrystream")
        self.check("table", "upgrade", *self.where)
        shown = self.show()
        self.assertEqual((shown["layout"], shown["advice"]), ("lorry", None))


if __name__ == "__main__":
    unittest.main()
