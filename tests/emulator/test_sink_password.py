"""Commands that take the sink, its table and its password from the pipeline file."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest

import packages

packages.require("botocore", "ministack")
from emulator import REGION, EmulatorCase

LORRY = os.environ["LORRY"]
PASSWORD = "s3cr3t/with@odd:characters"
PIPELINE = """project: flight
region: {region}
source: {{dynamodb: {{table: "table-${{stage}}", keys: {{timestamp: S, device: S}}}}}}
sink:
  url: crate://crate@127.0.0.1:{port}/
  password: {password}
  table: transactions
alarms: {{topic: "arn:aws:sns:eu-central-1:123456789012:ops"}}
stages: {{dev: {{}}, prod: {{sink: {{table: production}}}}}}
"""
QUERY = ["query", "SELECT 4711 AS n"]


class FromTheFile(EmulatorCase):
    def setUp(self):
        super().setUp()
        self.database = subprocess.Popen(
            [os.environ["LORRY_CRATEDB_MODEL"], "--user", "crate", "--password", PASSWORD],
            stdout=subprocess.PIPE, encoding="ascii")
        self.addCleanup(self.end_database)
        self.port = int(self.database.stdout.readline())
        self.file("{secret: lorry/testdrive}")

    def end_database(self):
        self.database.send_signal(signal.SIGTERM)
        self.database.communicate(timeout=30)

    def file(self, password):
        (self.folder / "pipeline.yaml").write_text(
            PIPELINE.format(region=REGION, port=self.port, password=password), encoding="utf-8")

    def secret(self, value, name="lorry/testdrive"):
        self.aws.client("secretsmanager").create_secret(Name=name, SecretString=value)

    def lorry(self, *words, status=0, stdin="", key=None, **env):
        result = subprocess.run([LORRY, *words], env=self.aws.environment(key, **env), input=stdin,
                                cwd=self.folder, capture_output=True, encoding="utf-8", timeout=60)
        self.assertEqual(result.returncode, status, (words, result.stdout, result.stderr))
        self.assertNotIn("s3cr3t", result.stdout + result.stderr)
        return result

    def change_password(self, new):
        self.lorry("query", "CREATE USER crate WITH (password = '%s')" % new)

    def await_row(self):
        end, count = time.monotonic() + 30, ["query", "SELECT count(*) AS n FROM transactions"]
        while subprocess.run([LORRY, *count], env=self.aws.environment(), cwd=self.folder, check=False,
                             capture_output=True, encoding="utf-8").stdout != "n\n1\n":
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)

    def test_secret(self):
        self.secret(PASSWORD)
        self.assertEqual(self.lorry(*QUERY).stdout, "   n\n4711\n")

    def test_member_of_a_secret(self):
        self.secret(json.dumps({"user": "crate", "pw": PASSWORD}))
        self.file("{secret: lorry/testdrive, key: pw}")
        self.lorry(*QUERY)
        self.file("{secret: lorry/testdrive, key: nothing}")
        self.assertIn('it is no JSON object with a text "nothing": correct sink.password.key',
                      self.lorry(*QUERY, status=2).stderr)
        self.file("{secret: lorry/testdrive}")
        self.assertIn("name the member in sink.password.key", self.lorry(*QUERY, status=2).stderr)

    def test_parameter(self):
        self.aws.client("ssm").put_parameter(Name="/lorry/testdrive", Value=PASSWORD,
                                             Type="SecureString")
        self.file("{ssm: /lorry/testdrive}")
        self.lorry(*QUERY)
        self.file("{ssm: /lorry/nothing}")
        self.assertIn('cannot read the password of the sink (sink.password): Parameter Store '
                      '"/lorry/nothing"', self.lorry(*QUERY, status=1).stderr)

    def test_missing_secret_and_missing_permission(self):
        self.assertIn('cannot read the password of the sink (sink.password): Secrets Manager '
                      '"lorry/testdrive"', self.lorry(*QUERY, status=1).stderr)
        self.secret(PASSWORD)
        key = self.aws.user("nobody", [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])
        self.assertIn("secretsmanager:GetSecretValue",
                      self.lorry(*QUERY, key=key, status=1).stderr)

    def test_wrong_passwords_are_told_by_their_place(self):
        self.secret("s3cr3t-old")
        self.assertIn('with the password from secret "lorry/testdrive" (401)',
                      self.lorry(*QUERY, status=1).stderr)
        self.assertIn("with the password from SINK_PASSWORD (401)",
                      self.lorry(*QUERY, status=1, SINK_PASSWORD="s3cr3t-other").stderr)
        self.assertIn("without a password (401)",
                      self.lorry(*QUERY, "--sink", "crate://crate@127.0.0.1:%d/" % self.port,
                                 status=1).stderr)

    def test_rotated_while_it_runs(self):
        """The relay waits for its input; meanwhile both passwords change."""
        self.secret(PASSWORD)
        read, write = os.pipe()
        relay = subprocess.Popen([LORRY, "relay", "-"], env=self.aws.environment(), stdin=read,
                                 cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 encoding="utf-8")
        os.close(read)
        event = self.lorry("event", "insert").stdout
        os.write(write, event.encode())
        self.await_row()
        self.change_password("s3cr3t-new")
        self.aws.client("secretsmanager").put_secret_value(SecretId="lorry/testdrive",
                                                           SecretString="s3cr3t-new")
        os.write(write, self.lorry("event", "modify").stdout.encode())
        os.close(write)
        out, err = relay.communicate(timeout=60)
        self.assertEqual(relay.returncode, 0, out + err)
        self.assertIn("1", self.lorry("query", "SELECT count(*) FROM transactions_live").stdout)

    def test_table_and_its_key(self):
        self.secret(PASSWORD)
        self.lorry("table", "create")
        shown = json.loads(self.lorry("table", "show", "--json").stdout)
        self.assertEqual(shown["table"], "transactions")
        self.assertEqual([c["name"] for c in shown["columns"]][:3],
                         ["pk", "pk['device']", "pk['timestamp']"])
        self.lorry("table", "create", "--stage", "prod")
        self.assertEqual(json.loads(self.lorry("table", "show", "--stage=prod", "--json").stdout)["table"],
                         "production")
        self.lorry("table", "drop", "--yes", "--stage", "prod")
        self.lorry("table", "show", "--stage", "prod", status=1)

    def test_precedence(self):
        database = "sqlite:///%s/other.db" % self.folder
        self.lorry("table", "create", "--sink", database)
        self.assertEqual(self.lorry(*QUERY, "--sink", database).stdout, "   n\n4711\n")
        result = self.lorry(*QUERY, SINK_URL=database)
        self.assertEqual((result.stdout, result.stderr), ("   n\n4711\n", ""))
        result = self.lorry(*QUERY, "-f", "pipeline.yaml", SINK_URL=database)
        self.assertIn("the sink is that of SINK_URL, not that of pipeline.yaml", result.stderr)
        # No secret is there: it must not be looked for.
        self.lorry(*QUERY, SINK_PASSWORD=PASSWORD)
        path = self.folder / "password"
        path.write_text(PASSWORD + "\n")
        path.chmod(0o600)
        self.lorry(*QUERY, "--password-file", str(path), SINK_PASSWORD="s3cr3t-other")


if __name__ == "__main__":
    sys.exit(unittest.main())
