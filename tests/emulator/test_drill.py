"""The drill: poison, a sink outage, a deleted mapping, an expired secret, one after the other. `status`, `doctor` and
`logs` name each cause, `replay` mends what was set aside, and in the end the sink equals the source."""

import json
import socket
import sys
import threading
import unittest

from cratedb_case import PASSWORD, SECRET, CratedbCase

NEW_PASSWORD = "s3cr3t-tomorrow"


class Way:
    """To the sink: a port of its own, which can be closed; the sink itself goes on."""

    def __init__(self, port):
        self.target = port
        self.pairs = []
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
        self.open()

    def open(self):
        self.server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=(self.server,), daemon=True).start()

    def accept(self, server):
        while True:
            try:
                near = server.accept()[0]
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            self.pairs += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.copy, args=(one, other), daemon=True).start()

    @staticmethod
    def copy(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass
        Way.end(one)
        Way.end(other)

    @staticmethod
    def end(one):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self):
        for one in (self.server, *self.pairs):
            self.end(one)
            one.close()
        self.pairs = []


class Drill(CratedbCase):
    """Few retries and little time, so that an outage makes Lambda give up on records soon."""

    def setUp(self):
        super().setUp()
        self.way = Way(self.port)
        self.addCleanup(self.way.close)
        self.describe(port=self.way.port, batch=("batch: {window: 0s}", "batch: {window: 0s, size: 100, retries: 2}\n  timeout: 3s"))
        self.written = 0

    def change(self, count=3):
        """Items that are new, changed and removed."""
        for _ in range(count):
            self.written += 1
            key = f"'device': 'd{self.written}', 'timestamp': 't'"
            self.lorry("sql", f"INSERT INTO \"table-testdrive\" VALUE {{{key}, 'n': {self.written}}};")
        self.lorry("sql", "UPDATE \"table-testdrive\" SET n=%d WHERE device='d%d' AND \"timestamp\"='t';"
                   % (self.written * 100, self.written))
        if self.written > 3:
            self.lorry("sql", "DELETE FROM \"table-testdrive\" WHERE device='d%d' AND \"timestamp\"='t';"
                       % (self.written - 2))

    def source(self):
        items = self.aws.client("dynamodb").scan(TableName="table-testdrive")["Items"]
        return {item["device"]["S"]: float(item["n"]["N"]) for item in items}

    def sink(self):
        text = self.query("SELECT pk['device'], data['n'] FROM transactions_live", "--json")
        return dict(json.loads(text)["rows"]) if text else {}

    def await_equal(self):
        self.until(lambda: self.sink() == self.source())

    def told_by_status(self, *ids):
        """Status names these findings, and says that something is wrong."""
        value = json.loads(self.lorry("status", "--json", status=1).stdout)
        found = {finding["id"] for finding in value["findings"]}
        self.assertLessEqual(set(ids), found, value["findings"])

    def told_by_doctor(self, name, found, mend, status=1):
        value = json.loads(self.lorry("doctor", "--json", status=status).stdout)
        check = next(c for c in value["checks"] if f"{c['group']}: {c['name']}" == name)
        self.assertIn(check["verdict"], ("failed", "warning"))
        self.assertRegex(check["found"], found)
        self.assertIn(mend, check["mend"])

    def told_by_logs(self, text):
        """Among what stands out, which `status` shows the last of."""
        self.until(lambda: text in self.lorry("logs", "--errors", "--since=1h").stdout)
        lines = json.loads(self.lorry("status", "--json", status=1).stdout)["log"]["lines"]
        self.assertTrue(any(text in line["text"] for line in lines), lines)

    def given_up(self):
        """How many batches Lambda gave up on."""
        s3 = self.aws.client("s3")
        bucket = next(b["Name"] for b in s3.list_buckets()["Buckets"] if "failurebucket" in b["Name"])
        return s3.list_objects_v2(Bucket=bucket).get("KeyCount", 0)

    def test_drill(self):
        self.deploy()
        self.change()
        self.await_equal()
        self.lorry("status")
        self.lorry("doctor")
        for injury in (self.poisoned, self.sink_gone, self.mapping_deleted, self.secret_expired):
            with self.subTest(injury=injury.__name__):
                injury()
        self.assertEqual(self.given_up(), 0)
        self.await_equal()
        self.assertEqual(len(self.source()), self.written - 4)
        dead = json.loads(self.query("SELECT count(*) FROM transactions_dead_letters", "--json"))
        self.assertEqual(dead["rows"], [[1]])
        self.lorry("query", "DELETE FROM transactions_dead_letters")
        self.lorry("doctor")

    def poisoned(self):
        """It is set aside alone: what comes behind it arrives."""
        self.poison()
        self.change()
        self.await_equal()
        self.told_by_status("dead-letters")
        self.told_by_doctor("sink: dead letters", "1 record was set aside", "`lorry replay --list`", status=0)
        self.told_by_logs("set aside: not JSON")
        self.assertIn("not JSON", self.lorry("replay", "--list").stdout)

    def sink_gone(self):
        self.way.close()
        self.change()
        self.until(lambda: self.given_up() > 0)
        self.told_by_status("sink-down", "given-up")
        self.told_by_doctor("sink: connection", "cannot connect", "host, port")
        self.told_by_logs("cannot connect")
        self.way.open()
        self.replay()

    def replay(self):
        """What Lambda gave up on; the poison stays what it is."""
        self.lorry("replay", "--source=s3")
        self.until(lambda: self.given_up() == 0)
        self.await_equal()

    def mapping_deleted(self):
        self.aws.client("lambda").delete_event_source_mapping(UUID=self.mapping())
        self.until(lambda: self.mapping() is None)
        self.change()
        self.told_by_status("mapping-missing")
        self.told_by_doctor("mapping: state", "no mapping feeds Processor", "`lorry deploy --revert-drift`")
        self.assertIn("no event source mapping leads to it", self.lorry("logs").stderr)
        self.lorry("deploy", "--revert-drift", "--yes")
        self.await_equal()
        self.assertEqual(self.lorry("logs").stderr, "")

    def secret_expired(self):
        """The owner of the sink has changed the password, and told nobody."""
        self.lorry("query", f"ALTER USER crate SET (password = '{NEW_PASSWORD}')")
        self.change()
        self.until(lambda: self.given_up() > 0)
        self.told_by_status("sink-refuses", "given-up")
        self.told_by_doctor("sink: connection", r"\(401\)", SECRET)
        self.told_by_logs("401")
        self.aws.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=NEW_PASSWORD)
        self.replay()
        self.assertNotIn(NEW_PASSWORD, self.lorry("logs", "--since=1h").stdout)
        self.assertNotIn(PASSWORD, self.lorry("logs", "--since=1h").stdout)


if __name__ == "__main__":
    sys.exit(unittest.main())
