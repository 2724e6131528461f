"""lorry relay, on SQLite."""

import base64
import json
import signal
import sqlite3
import subprocess
import time
import unittest

from documented import assert_documented
from harness import LORRY, Case, change

# The documented example of a Kinesis event; its data says "Hello, this is a test."
EXAMPLE = {
    "Records": [{
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "1",
            "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
            "data": base64.b64encode(b"Hello, this is a test.").decode(),
            "approximateArrivalTimestamp": 1545084650.987,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::111122223333:role/lambda-kinesis-role",
        "awsRegion": "us-east-2",
        "eventSourceARN": "arn:aws:kinesis:us-east-2:111122223333:stream/lambda-stream",
    }]
}


def overlaid(base, over):
    """An item from `data` and `aux`, told again independently of src/json/overlay.c."""
    if isinstance(base, dict) and isinstance(over, dict):
        names = list(base) + [name for name in over if name not in base]
        return {name: overlaid(base[name], over[name]) if name in base and name in over
                else over.get(name, base.get(name)) for name in names}
    if isinstance(base, list) and isinstance(over, list) and len(base) == len(over):
        return [b if o is None else overlaid(b, o) for b, o in zip(base, over)]
    return over


def canonical(number):
    """Plain digits without trailing zeros, of a number or of its text."""
    text = repr(number) if isinstance(number, float) else str(number)
    return {"-0": "0"}.get(text, text[:-2] if text.endswith(".0") else text)


def plain(value):
    """DynamoDB's typed JSON as `lorry` tells it, numbers as text."""
    (kind, inner), = value.items()
    if kind == "N":
        return canonical(inner)
    if kind == "NULL":
        return None
    if kind == "M":
        return {name: plain(member) for name, member in inner.items()}
    if kind == "L":
        return [plain(element) for element in inner]
    if kind == "NS":
        return [canonical(element) for element in inner]
    return inner


def as_text(value):
    """The same of what lies in the sink."""
    if isinstance(value, dict):
        return {name: as_text(member) for name, member in value.items()}
    if isinstance(value, list):
        return [as_text(element) for element in value]
    return canonical(value) if isinstance(value, float) else value


class Relay(Case):
    def relay(self, *sources, **more):
        result = self.check_json("relay", *sources, self.sink, "-t", "t", **more)
        assert_documented(self, "lorry relay", result)
        dealt_with = sum(result[name] for name in
                         ["written", "stale", "duplicates", "dead_letters", "ignored", "refused"])
        if result["complete"]:
            self.assertEqual(result["records"], dealt_with, result)
        return result

    def rows(self):
        return {json.loads(pk)["device"]: json.loads(data or "null") for pk, data in
                self.query("SELECT pk, data FROM t")}

    def compare(self, truth):
        """Row by row with what gen_events.py expects."""
        expected = {}
        with open(truth, encoding="utf-8") as file:
            for entry in json.load(file)["items"]:
                key = json.dumps({name: plain(value) for name, value in entry["key"].items()},
                                 separators=(",", ":"), ensure_ascii=False)
                item = entry["item"] and {name: plain(value) for name, value in
                                          entry["item"].items() if name not in entry["key"]}
                expected[key] = (entry["version"], entry["removed"], item)
        found = {}
        with sqlite3.connect(self.folder / "sink.db") as database:
            for pk, data, aux, version, deleted in database.execute(
                    "SELECT pk, data, aux, version, deleted FROM t"):
                item = None
                if data is not None:
                    item = as_text(overlaid(json.loads(data), json.loads(aux or "{}")))
                found[pk] = (version, bool(deleted), item)
        self.assertEqual(found.keys(), expected.keys())
        for key, value in expected.items():
            self.assertEqual(found[key], value, key)


class WalkThrough(Relay):
    def test_example_event_before_any_table(self):
        path = self.write("records.json", json.dumps(EXAMPLE, indent=2) + "\n")
        result = self.relay(path)
        self.assertEqual((result["records"], result["dead_letters"]), (1, 1))
        self.assertEqual(self.query("SELECT reason FROM t_dead_letters"), [["not JSON"]])
        self.check("relay", "--strict", path, self.sink, "-t", "t", status=1)
        self.assertEqual(self.query("SELECT count(*) FROM t_dead_letters"), [[1]])
        self.assertIn("its table of dead letters has 1 row", self.check(
            "table", "show", "--sink", self.sink, "-t", "t", status=1).stderr)
        self.relay("--on-error=ignore", path)
        self.check("relay", "--on-error=ignore", "--strict", path, self.sink, "-t", "t", status=1)
        for how in ["raise", "exit"]:
            result = self.relay("--on-error=" + how, path, status=1)
            self.assertEqual((result["refused"], result["complete"]), (1, False))
            self.assertIn("records.json:1: 1 of 1 records cannot be applied", result["error"])


class Truth(Relay):
    def test_shuffled_events_in_several_files(self):
        truth = str(self.folder / "truth.json")
        whole = self.generate("whole.json", "--records", "3000", "--shuffle", "--duplicates", "0.1",
                              "--poison", "0.01", "--expect", truth, "--seed", "5")
        with open(whole, encoding="utf-8") as file:
            records = json.load(file)["Records"]
        parts = [{"Records": records[i::3]} for i in range(3)]
        paths = [self.write("pretty.json", json.dumps(parts[0], indent=2)),
                 self.write("two.json", json.dumps(parts[1]) + "\n" + json.dumps(parts[2]))]
        result = self.relay(*paths)
        self.assertEqual(result["records"], len(records))
        self.assertGreater(result["dead_letters"], 0)
        self.compare(truth)
        again = self.relay(*reversed(paths))
        self.assertEqual(again["dead_letters"], result["dead_letters"])
        self.compare(truth)
        self.assertEqual(self.query("SELECT count(*) FROM t_dead_letters"),
                         [[result["dead_letters"]]])

    def test_lines_from_standard_input(self):
        truth = str(self.folder / "truth.json")
        path = self.generate("lines.ndjson", "--format", "ndjson", "--records", "6000", "--shuffle",
                             "--poison", "0.01", "--expect", truth, "--keys", "700")
        with open(path, encoding="utf-8") as file:
            result = self.relay("-", stdin=file.read())
        self.assertEqual(result["records"], 6000)
        self.assertGreater(result["dead_letters"], 20)
        self.compare(truth)

    def test_streams_event(self):
        truth = str(self.folder / "truth.json")
        path = self.generate("event.json", "--flavour", "streams", "--records", "500", "--shuffle",
                             "--expect", truth)
        self.relay(path)
        self.compare(truth)


class Lines(Relay):
    def test_poison_is_set_aside_with_its_line(self):
        path = self.write("mixed.ndjson", "\n".join(
            [change("a", 1, x={"N": "1"}), "", "Hello", change("b", 2, x={"N": "2"}), '{"a":',
             json.dumps({"Records": []}), change("a", 3)]))
        result = self.relay(path)
        self.assertEqual((result["records"], result["dead_letters"]), (5, 2))
        self.assertEqual(self.rows(), {"a": None, "b": {"x": 2.0}})
        letters = self.query("SELECT stream, sequence, record FROM t_dead_letters ORDER BY 2")
        self.assertEqual([letter[0] for letter in letters], [path, path])
        self.assertEqual([letter[1].split("-")[0] for letter in letters], ["3", "5"])

    def test_nothing_to_do(self):
        self.assertEqual(self.relay(self.write("empty", ""))["records"], 0)
        self.assertEqual(self.relay("-", stdin="\n\n")["records"], 0)

    def test_summary(self):
        lines = [change("a", 1, x={"N": "1"}), change("a", 2, x={"N": "1"}), "poison"]
        path = self.write("some.ndjson", "\n".join(lines))
        text = self.check("relay", path, self.sink, "-t", "it's").stdout
        self.assertIn("3 records read (0.", text)
        self.assertIn("\n1 written\n1 overtaken by newer changes\n1 set aside", text)
        command = text.splitlines()[-1].strip()
        self.assertTrue(command.startswith("lorry query "))
        shown = subprocess.run(["sh", "-c", command.replace("lorry", LORRY, 1)],
                               capture_output=True, encoding="utf-8", check=True,
                               env=self.environment())
        self.assertIn("not JSON", shown.stdout)
        shown = self.on_terminal("relay", self.write("one.ndjson", lines[0]), self.sink, "-t", "one")
        self.assertIn("\r1 record, ", shown)
        self.assertIn("1 record read (", shown)
        quiet = self.check("relay", "--quiet", path, self.sink, "-t", "t")
        self.assertEqual((quiet.stdout, quiet.stderr), ("", ""))


class Trouble(Relay):
    def test_sources_that_cannot_be_read(self):
        good = self.write("good.ndjson", change("a", 1, x={"S": "x"}))
        result = self.relay(good, "missing.json", status=1)
        self.assertEqual(result["error"], "missing.json: cannot open: No such file or directory")
        self.assertEqual((result["written"], result["complete"]), (1, False))
        self.assertIn("Is a directory", self.relay(str(self.folder), status=1)["error"])
        cut = self.write("cut.json", change("b", 1, x={"S": "x"}) + '\n{"Records": [\n')
        result = self.relay(cut, status=1)
        self.assertIn("cut.json:2: this event is not JSON, or cut off", result["error"])
        self.assertEqual(set(self.rows()), {"a", "b"})

    def test_event_that_is_none(self):
        path = self.write("odd.json", '\n{"Records": 5}')
        self.assertIn("odd.json:2: ", self.relay(path, status=1)["error"])

    def test_no_create(self):
        path = self.write("one.ndjson", change("a", 1, x={"S": "x"}))
        self.check("query", "--sink", self.sink, "CREATE TABLE other (a)")
        result = self.relay("--no-create", "--timeout=1s", path, status=1)
        self.assertIn('"t"', result["error"])
        self.assertEqual(result["written"], 0)
        self.assertEqual(self.query("SELECT count(*) FROM sqlite_master"), [[1]])

    def test_locked_sink(self):
        path = self.write("one.ndjson", change("a", 1, x={"S": "x"}))
        self.relay(path)
        database = sqlite3.connect(self.folder / "sink.db", isolation_level=None)
        database.execute("BEGIN IMMEDIATE")
        begin = time.monotonic()
        result = self.relay("--timeout=700ms", path, status=1)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertIn("one.ndjson:1: ", result["error"])
        self.assertIn("locked", result["error"])
        database.execute("ROLLBACK")
        self.assertTrue(self.relay(path)["complete"])

    def test_raise_applies_the_rest_and_exit_stops(self):
        poison = self.write("a.ndjson", "poison\n" + change("a", 1, x={"S": "x"}))
        good = self.write("b.ndjson", change("b", 1, x={"S": "x"}))
        self.relay("--on-error=exit", poison, good, status=1)
        self.assertEqual(set(self.rows()), {"a"})
        result = self.relay("--on-error=raise", poison, good, status=1)
        self.assertEqual(set(self.rows()), {"a", "b"})
        self.assertIn("a.ndjson:1-2: 1 of 2 records cannot be applied", result["error"])

    def test_interrupt(self):
        process = subprocess.Popen(
            [LORRY, "relay", "-", self.sink, "-t", "t", "--json"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            env=self.environment())
        process.stdin.write(change("a", 1, x={"S": "x"}) + "\n")
        process.stdin.flush()
        deadline = time.monotonic() + 20
        rows = []
        while not rows and time.monotonic() < deadline:
            time.sleep(0.1)
            try:
                with sqlite3.connect("file:%s/sink.db?mode=ro" % self.folder, uri=True) as database:
                    rows = database.execute("SELECT * FROM t").fetchall()
            except sqlite3.OperationalError:
                pass
        self.assertEqual(len(rows), 1, "slow input was held back")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 1)
        out, err = process.communicate()
        self.assertIn("interrupted", err)
        result = json.loads(out)
        self.assertEqual((result["written"], result["complete"]), (1, False))

    def test_interrupt_while_the_sink_is_down(self):
        """It is not tried again; what it was tried for is said."""
        path = self.write("one.ndjson", change("a", 1, x={"S": "x"}))
        process = subprocess.Popen([LORRY, "relay", path, "crate://127.0.0.1:9/", "-t", "t", "--timeout=1h"],
                                   stderr=subprocess.PIPE, encoding="utf-8", env=self.environment())
        self.assertIn("trying again", process.stderr.readline())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=20), 1)
        _, err = process.communicate()
        self.assertIn("one.ndjson:1: ", err)
        self.assertIn("it can be run again", err)


class Environment(Relay):
    def test_sink_and_table(self):
        path = self.write("one.ndjson", change("a", 1, x={"S": "x"}))
        for name in ["SINK_URL", "SINK_SQLALCHEMY_URL", "CRATEDB_SQLALCHEMY_URL"]:
            result = self.check_json("relay", path, env={name: self.sink, "SINK_TABLE": "t"})
            self.assertEqual((result["sink"], result["table"]), (self.sink, "t"))
        result = self.check_json("relay", path, self.sink, "-t", "t",
                                 env={"SINK_URL": "mongodb://elsewhere", "SINK_TABLE": "other"})
        self.assertEqual((result["sink"], result["table"]), (self.sink, "t"))
        result = self.check_json("relay", path, path, "--sink", self.sink, "--table", "t")
        self.assertEqual(result["sources"], [path, path])

    def test_pipeline_file(self):
        self.write("pipeline.yaml", """project: shop
source: {dynamodb: {table: orders, keys: {device: S}}}
processor: {environment: {COLUMN_TYPES: "{\\"doc:orders:device\\": \\"nonsense\\"}"}}
sink: {url: "%s", table: orders}
alarms: {topic: "arn:aws:sns:eu-central-1:123456789012:ops"}
""" % self.sink)
        path = self.write("one.ndjson", change("a", 1, x={"S": "x"}))
        env = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}  # where SQLite may be a sink
        self.assertIn('"doc:orders:device"', self.check("relay", path, env=env, status=2).stderr)
        result = self.check_json("relay", path, env=dict(env, COLUMN_TYPES="{}"))
        self.assertEqual((result["sink"], result["table"], result["sources"]),
                         (self.sink, "orders", [path]))
        # All that is needed is known: the file is not looked at, nor its types.
        self.check("relay", path, self.sink, "-t", "orders", env=env)


if __name__ == "__main__":
    unittest.main()
