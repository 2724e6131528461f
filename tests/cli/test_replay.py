"""lorry replay, on SQLite."""

import fcntl
import json
import os
import pty
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time
import unittest

from documented import assert_documented
from harness import LORRY, Case, change, read_to_the_end

DAY_US = 86_400_000_000
NOW_US = int(time.time() * 1e6)
LETTERS = "SELECT sequence, reason FROM t_dead_letters ORDER BY sequence"


class Replay(Case):
    def setUp(self):
        super().setUp()
        self.options = ["--sink", self.sink, "--table", "t"]

    def relay(self, *lines):
        path = self.write("in.ndjson", "".join((line if isinstance(line, str) else json.dumps(line)) + "\n"
                                               for line in lines))
        self.check("relay", path, *self.options)

    def replay(self, *words, **more):
        return self.check("replay", *self.options, *words, **more)

    def replay_json(self, *words, **more):
        value = json.loads(self.replay(*words, "--json", **more).stdout)
        assert_documented(self, "lorry replay", value)
        return value

    def sql(self, statement, *parameters):
        with sqlite3.connect(self.folder / "sink.db") as database:
            return database.execute(statement, parameters).fetchall()

    def test_nothing_is_said_of_what_was_not_looked_at(self):
        for words in (["--list"], ["--dry-run"], []):
            result = self.lorry("replay", "--sink=crate://crate@127.0.0.1:1/", "--table=t", "--timeout=1s", *words)
            self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
            self.assertIn("cannot connect", result.stderr)
            self.assertNotIn("can be run again", result.stderr)

    def break_table(self):
        """Rows of a broken item are refused, by a trigger, until it is dropped."""
        self.relay(self.put("first", "fine", NOW_US))
        self.sql("CREATE TRIGGER no BEFORE INSERT ON t WHEN NEW.data LIKE '%broken%' "
                 "BEGIN SELECT RAISE(ABORT, 'broken'); END")

    def mend_table(self):
        self.sql("DROP TRIGGER no")

    def put(self, key, value, us):
        return change(key, us, v={"S": value})

    def remove(self, key, us):
        return change(key, us)

    def rows(self):
        return dict(self.sql("SELECT pk->>'device', data->>'v' FROM t_live WHERE pk->>'device' != 'first'"))

    def test_what_is_mended_is_applied_and_deleted(self):
        self.break_table()
        self.relay(self.put("a", "broken", NOW_US), "no JSON", self.put("b", "fine", NOW_US),
                   self.put("c", "broken", NOW_US - 5))
        self.assertEqual(len(self.sql(LETTERS)), 3)
        again = self.replay_json(status=1)
        self.assertEqual((again["refused"], again["deleted"], len(again["items"])), (3, 0, 3))
        self.assertEqual(len(self.sql(LETTERS)), 3)
        self.mend_table()
        self.relay(self.put("c", "newer", NOW_US))
        done = self.replay_json(status=1)
        self.assertEqual({name: done[name] for name in ("records", "written", "stale", "refused", "deleted", "held")},
                         {"records": 3, "written": 1, "stale": 1, "refused": 1, "deleted": 2, "held": 0})
        self.assertEqual([item["problem"] for item in done["items"]], ["not JSON"])
        self.assertEqual([reason for _, reason in self.sql(LETTERS)], ["not JSON"])
        self.assertEqual(self.rows(), {"a": "broken", "b": "fine", "c": "newer"})
        self.sql("DELETE FROM t_dead_letters")
        self.assertEqual(self.replay_json()["records"], 0)

    def test_looking_changes_nothing(self):
        self.break_table()
        self.relay(self.put("a", "broken", NOW_US), "no JSON")
        self.mend_table()
        listed = self.replay_json("--list")
        self.assertEqual([item["verdict"] for item in listed["items"]], [None, None])
        self.assertEqual([item["bytes"] for item in listed["items"]][1], len("no JSON"))
        dry = self.replay_json("--dry-run")
        self.assertEqual([(item["verdict"], item["problem"]) for item in dry["items"]],
                         [("ready", None), ("refused", "not JSON")])
        self.assertEqual((dry["ready"], dry["refused"], dry["deleted"]), (1, 1, 0))
        self.assertEqual(len(self.sql(LETTERS)), 2)
        self.assertEqual(self.rows(), {})

    def test_nothing_is_made_by_looking(self):
        self.assertEqual(self.replay_json("--list")["records"], 0)
        self.assertEqual(self.replay_json("--dry-run")["records"], 0)
        self.assertIn("warning: there is no table t in sqlite:///", self.replay("--list").stderr)
        self.assertFalse((self.folder / "sink.db").exists())

    def test_what_may_have_been_removed_is_held_back(self):
        self.break_table()
        old = NOW_US - 8 * DAY_US
        self.relay(self.put("gone", "broken", old), self.put("there", "broken", old),
                   self.put("young", "broken", NOW_US - 6 * DAY_US), self.put("both", "broken", old),
                   self.put("both", "broken too", NOW_US - DAY_US))
        self.mend_table()
        self.relay(self.put("there", "older still", old - 1))
        held = self.replay_json(status=1)
        self.assertEqual((held["held"], held["written"], held["stale"], held["deleted"]), (1, 3, 1, 4))
        self.assertEqual(self.rows(), {"there": "broken", "young": "broken", "both": "broken too"})
        self.assertIn("may have been removed", held["items"][0]["problem"])
        self.assertEqual(self.replay_json(env={"SINK_TOMBSTONE_RETENTION": "9d"})["written"], 1)
        self.assertEqual(self.rows()["gone"], "broken")

    def test_force(self):
        self.break_table()
        self.relay(self.put("gone", "broken", NOW_US - 8 * DAY_US))
        self.mend_table()
        self.replay(status=1)
        self.assertEqual(self.replay_json("--force")["written"], 1)

    def test_a_tombstone_counts_as_a_row(self):
        self.break_table()
        old = NOW_US - 8 * DAY_US
        self.relay(self.put("gone", "broken", old))
        self.relay(self.remove("gone", old + 1))
        self.mend_table()
        dry = self.replay_json("--dry-run")
        self.assertEqual((dry["stale"], dry["deleted"], len(self.sql(LETTERS))), (1, 0, 1))
        done = self.replay_json()
        self.assertEqual((done["stale"], done["deleted"], len(self.sql(LETTERS))), (1, 1, 0))
        self.assertEqual(self.rows(), {})

    def test_tables_without_versions_hold_everything_back(self):
        self.sql("CREATE TABLE t (pk TEXT PRIMARY KEY, data TEXT, aux TEXT)")
        self.break_table()
        self.relay(self.put("a", "broken", NOW_US))
        self.mend_table()
        held = self.replay_json(status=1)
        self.assertEqual(held["held"], 1)
        self.assertIn("no versions", held["items"][0]["problem"])
        self.assertEqual(self.replay_json("--force")["written"], 1)

    def test_filters(self):
        self.relay("1", "{}", "2", "x")
        self.sql("UPDATE t_dead_letters SET received = '2026-01-31T12:00:00Z' WHERE sequence LIKE '3-%'")
        for words, count in [(["--reason", "NOT json"], 1), (["--reason", "nothing like it"], 0),
                             (["--limit", "3"], 3), (["--since", "1h"], 3), (["--until", "1h"], 1),
                             (["--since", "2026-01-31T12:00:00Z", "--until", "2026-01-31T12:00:01Z"], 1),
                             (["--until", "2026-01-31T12:00:00Z"], 0), (["--source", "table"], 4)]:
            with self.subTest(words=words):
                self.assertEqual(self.replay_json("--list", *words)["records"], count)

    def test_many(self):
        self.break_table()
        self.relay(*(self.put(f"k{i}", "broken", NOW_US + i) for i in range(6000)))
        self.mend_table()
        self.assertEqual(self.replay_json("--limit", "1000")["deleted"], 1000)
        self.assertEqual(self.replay_json()["deleted"], 5000)
        self.assertEqual(len(self.rows()), 6000)

    def test_quiet(self):
        self.relay("x")
        self.assertEqual(self.replay("--list", "--quiet").stdout.count("\n"), 2)
        self.assertEqual(self.replay("--list", "--quiet", "--reason", "nothing").stdout, "")

    def test_interrupt(self):
        """It ends after a batch, and goes on when it is told to."""
        self.break_table()
        self.relay(*(self.put(f"k{i}", "broken", NOW_US + i) for i in range(30000)))
        self.mend_table()
        process = subprocess.Popen([LORRY, "replay", *self.options, "--json"], cwd=self.folder,
                                   env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   encoding="utf-8")
        while not self.sql("SELECT count(*) < 30000 FROM t_dead_letters")[0][0]:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        value = json.loads(out)
        left = self.sql("SELECT count(*) FROM t_dead_letters")[0][0]
        self.assertEqual(value["deleted"] + left, 30000)
        if left:  # else it was faster
            self.assertEqual((process.returncode, value["complete"]), (1, False))
            self.assertIn("interrupted", err)
        self.assertEqual(self.replay_json()["deleted"], left)
        self.assertEqual(len(self.rows()), 30000)

    def test_own_processor(self):
        """Its callback is not run: that is to be agreed to."""
        self.write("own", "")
        self.relay(self.put("first", "fine", NOW_US), "no JSON")
        self.write("pipeline.yaml", "\n".join([
            "project: toy", "stage: dev", "region: eu-central-1",
            "source: {dynamodb: {table: toys, keys: {device: S}}}", "stream: {name: toys-cdc}",
            "processor: {name: f, entrypoint: ./own, on-failure: none}",
            f'sink: {{url: "{self.sink}", table: t}}', ""]))
        emulated = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        def replay(*words, status):
            return self.check("replay", "--source=table", *words, status=status, env=emulated)
        refused = replay(status=2)
        self.assertIn("processor of its own", refused.stderr)
        self.assertIn("--yes", refused.stderr)
        self.assertNotIn("processor of its own", replay("--list", status=0).stderr + replay("--dry-run", status=0).stderr)
        self.assertIn("refused: not JSON", replay("--yes", status=1).stdout)

    def test_wrong_use(self):
        for words, message in [(["--list", "--dry-run"], "exclude each other"),
                               (["--list", "--force"], "leave --force out"),
                               (["--from", "s3://bucket/x", "--source", "table"], "does not go with it"),
                               (["--from", "bucket"], "--from: \"bucket\" is not of the form"),
                               (["--limit", "0"], "--limit: "), (["--since", "soon"], "--since: \"soon\" is neither"),
                               (["--since", "1h", "--until", "2h"], "--until 2h is before --since 1h"),
                               (["--column-types", "x"], "--column-types: COLUMN_TYPES: not JSON: expected"),
                               (["--source", "nowhere"], "nowhere")]:
            with self.subTest(words=words):
                self.assertIn(message, self.replay(*words, status=2).stderr)
        self.assertIn("there is no pipeline.yaml", self.replay("--source", "s3", status=1).stderr)
        self.assertIn("SINK_TOMBSTONE_RETENTION: ",
                      self.replay(status=2, env={"SINK_TOMBSTONE_RETENTION": "0"}).stderr)

    def screen(self, width, *words):
        """What a terminal of that width shows, without its colours."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        process = subprocess.Popen([LORRY, "replay", *self.options, *words], cwd=self.folder, stdin=slave,
                                   stdout=slave, stderr=subprocess.DEVNULL, env=self.environment(TERM="xterm", NO_COLOR="1"))
        os.close(slave)
        text = read_to_the_end(master).decode().replace("\r\n", "\n")
        os.close(master)
        process.wait(60)
        return "\n".join(line.rstrip() for line in text.split("\n"))

    def test_screens(self):
        sequence = "49590338271490256608559692538361571095921575989136588898"
        shard = "shardId-000000000006"
        self.relay("x")
        self.sql("DELETE FROM t_dead_letters")
        for i, reason in enumerate(["not JSON", "NewImage is missing: the stream must carry new images"]):
            self.sql("INSERT INTO t_dead_letters VALUES ('arn', ?, ?, ?, ?, '2026-01-31T12:00:00Z')",
                     shard, sequence[:-1] + str(i), reason, "x" * 1500)
        self.assertEqual(self.screen(80, "--list"), """\
SET ASIDE           WHERE   SEQUENCE   SIZE   REASON
2026-01-31 12:00:00 shard 6 ..36588890 1.5 kB not JSON
2026-01-31 12:00:00 shard 6 ..36588891 1.5 kB NewImage is missing: the stream mu
                                              st carry new images

2 records set aside (3.0 kB)
""")
        self.assertEqual(self.screen(120), """\
SET ASIDE           WHERE   SEQUENCE   SIZE   REASON
2026-01-31 12:00:00 shard 6 ..36588890 1.5 kB refused: not JSON
2026-01-31 12:00:00 shard 6 ..36588891 1.5 kB refused: not JSON

2 records replayed (3.0 kB)
2 refused: cannot be applied
""")
        self.sql("DELETE FROM t_dead_letters WHERE reason = 'not JSON' AND sequence LIKE '%0'")
        shown = self.on_terminal("replay", "--sink", self.sink, "--table", "t")
        self.assertIn("\r1 record\x1b[K", shown)
        self.assertIn("1 record replayed (1.5 kB)\r\n1 refused: cannot be applied", shown)


if __name__ == "__main__":
    sys.exit(unittest.main())
