"""lorry sql: PartiQL on DynamoDB, the documented test flight first."""

import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading
import unittest
from pathlib import Path

import packages

packages.require("botocore", "ministack")
from emulator import EmulatorCase

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from documented import assert_documented

LORRY = os.environ["LORRY"]
INSERT = ("INSERT INTO \"table-testdrive\" VALUE {'timestamp': '2024-07-12T01:17:42', "
          "'device': 'foo', 'temperature': 42.42, 'humidity': 84.84};")
UPDATE = ("UPDATE \"table-testdrive\" SET temperature=43.59 "
          "WHERE \"device\"='foo' AND \"timestamp\"='2024-07-12T01:17:42';")
SELECT = 'SELECT * FROM "table-testdrive"'


@contextlib.contextmanager
def refusing(message):
    """The URL of a DynamoDB that says only that."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"__type": "com.amazon.coral.validate#ValidationException", "message": message}).encode()
            self.send_response(400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "http://127.0.0.1:%d" % server.server_port
        server.shutdown()


class Sql(EmulatorCase):
    def setUp(self):
        super().setUp()
        self.aws.client("dynamodb").create_table(
            TableName="table-testdrive", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "device", "KeyType": "HASH"},
                       {"AttributeName": "timestamp", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "device", "AttributeType": "S"},
                                  {"AttributeName": "timestamp", "AttributeType": "S"}])

    def sql(self, *words, status=0, stdin="", key=None):
        result = subprocess.run([LORRY, "sql", *words], env=self.aws.environment(key), input=stdin,
                                capture_output=True, encoding="utf-8", timeout=60)
        self.assertEqual(result.returncode, status, (words, result.stdout, result.stderr))
        return result

    def items(self, *words):
        value = json.loads(self.sql(*words, "--json").stdout)
        assert_documented(self, "lorry sql", value)
        return [result["items"] for result in value["results"]]

    def test_flight(self):
        result = self.sql(INSERT)
        self.assertEqual((result.stdout, result.stderr), ("", "lorry sql: done: no items\n"))
        self.sql(UPDATE, "--quiet")
        self.assertEqual(self.sql(SELECT).stdout.splitlines(), [
            "device humidity temperature timestamp",
            "foo       84.84       43.59 2024-07-12T01:17:42"])
        witness = self.aws.client("dynamodb").scan(TableName="table-testdrive")["Items"]
        self.assertEqual(witness, [{
            "device": {"S": "foo"}, "timestamp": {"S": "2024-07-12T01:17:42"},
            "temperature": {"N": "43.59"}, "humidity": {"N": "84.84"}}])

    def test_several_statements(self):
        (nothing, found) = self.items(INSERT + SELECT)
        self.assertEqual(nothing, [])
        self.assertEqual(found, [{"device": "foo", "humidity": 84.84, "temperature": 42.42,
                                  "timestamp": "2024-07-12T01:17:42"}])

    def test_a_failure_ends_the_run(self):
        result = self.sql("-", stdin=SELECT + ";\nSELEKT;\n" + INSERT, status=1)
        self.assertIn("statement 2 (those before it are done): DynamoDB", result.stderr)
        self.assertEqual(self.items(SELECT), [[]])
        value = json.loads(self.sql(SELECT + ";SELEKT", "--json", status=1).stdout)
        assert_documented(self, "lorry sql", value)
        self.assertEqual(value, {"results": [{"statement": SELECT, "items": []}]})
        self.assertEqual(self.sql("SELEKT", "--json", status=1).stdout, "")

    def test_mistakes_of_those_who_know_sql(self):
        self.assertIn("names stand in double quotes", self.sql("SELECT * FROM table-testdrive", status=1).stderr)
        self.assertIn("every question mark takes one --parameter",
                      self.sql('SELECT * FROM "table-testdrive" WHERE device = ?', status=1).stderr)
        self.assertNotIn("quotes", self.sql("SELECT * FROM nowhere", status=1).stderr)
        self.assertIn("there is no item that is as WHERE wants it", self.sql(
            """UPDATE "table-testdrive" SET a=1 WHERE device='x' AND "timestamp"='y'""", status=1).stderr)

    def test_numbers_for_keys_that_are_texts(self):
        """As AWS says it; the emulator takes them."""
        for said in ("Condition parameter type does not match schema type",
                     "Type mismatch for key timestamp expected: S actual: N"):
            with refusing("One or more parameter values were invalid: " + said) as url:
                result = self.sql(SELECT, "-p", "2024", "--endpoint-url", url, status=1)
            self.assertIn(said, result.stderr)
            self.assertIn("-p '\"2024\"' is a text", result.stderr)

    def test_parameters(self):
        digits = "12345678901234567890123456789012345678"
        self.sql("INSERT INTO \"table-testdrive\" VALUE {'device': ?, 'timestamp': ?, 'n': ?, 'm': ?}",
                 "--parameter=it's", "--parameter=\"2024\"", "--parameter=" + digits,
                 '--parameter={"list": [1.5, null, true, "x"]}')
        text = self.sql(SELECT, "--json").stdout
        self.assertIn('"n":' + digits, text)
        self.assertEqual(json.loads(text)["results"][0]["items"], [{
            "device": "it's", "timestamp": "2024", "n": int(digits),
            "m": {"list": [1.5, None, True, "x"]}}])
        self.sql(SELECT + ";" + SELECT, "--parameter=1", status=2)

    def test_all_pages_or_so_many_items(self):
        table = self.aws.client("dynamodb")
        for i in range(7):
            table.put_item(TableName="table-testdrive", Item={
                "device": {"S": "d%d" % i}, "timestamp": {"S": "t"}, "x": {"S": "x" * 300000}})
        self.assertEqual(len(self.items(SELECT)[0]), 7)
        self.assertEqual(len(self.items(SELECT, "--limit=3", "--consistent")[0]), 3)

    def test_wrong_use(self):
        self.assertIn("there is no statement", self.sql(" ; ", status=2).stderr)
        for limit in ["0", "-1", "x"]:
            self.assertIn("--limit", self.sql(SELECT, "--limit=" + limit, status=2).stderr)

    def test_missing_permission_is_named(self):
        key = self.aws.user("nobody", [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])
        result = self.sql(SELECT, key=key, status=1)
        self.assertIn("dynamodb:PartiQL", result.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
