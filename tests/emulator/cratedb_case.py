"""A pipeline on the emulator whose sink is the model of CrateDB, with a login, the password being a secret."""

import os
import signal
import subprocess
import time

from pipeline_case import PipelineCase
from emulator import ACCOUNT, REGION

PASSWORD = "s3cr3t/with@odd:characters"
SECRET = "lorry/testdrive"
INSERT = ("INSERT INTO \"table-testdrive\" VALUE {'timestamp': '2024-07-12T01:17:42', "
          "'device': 'foo', 'temperature': 42.42};")
TABLES = "SELECT table_name FROM information_schema.tables"


class CratedbCase(PipelineCase):
    def setUp(self):
        super().setUp()
        self.database = subprocess.Popen(
            [os.environ["LORRY_CRATEDB_MODEL"], "--user", "crate", "--password", PASSWORD],
            stdout=subprocess.PIPE, encoding="ascii")
        self.addCleanup(self.end_database)
        self.port = int(self.database.stdout.readline())
        self.describe()

    def end_database(self):
        self.database.send_signal(signal.SIGTERM)
        self.database.communicate(timeout=30)

    def describe(self, package="zip", port=None, **more):
        """Writes a file without warnings."""
        self.write(package=package, sink=(f"url: sqlite:///{self.folder / 'sink.db'}", "\n  ".join((
            f"url: crate://crate@127.0.0.1:{port or self.port}/", f"password: {{secret: {SECRET}}}"))),
            alarms=("environment: {LOG_LEVEL: INFO}\n",
                    "environment: {LOG_LEVEL: INFO}\nalarms: {topic: \"arn:aws:sns:%s:%s:ops\"}\n" % (REGION, ACCOUNT)),
            **more)

    def deploy(self, *options):
        return self.lorry("deploy", "--yes", *options, SINK_PASSWORD=PASSWORD)

    def query(self, statement, *options):
        """What `lorry query` prints; nothing if it fails."""
        return subprocess.run([os.environ["LORRY"], "query", statement, *options], env=self.environment(),
                              cwd=self.folder, capture_output=True, encoding="utf-8", timeout=60).stdout

    def until(self, what, seconds=60):
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.1)

    def insert(self):
        """A change, which arrives in the sink."""
        self.lorry("sql", INSERT)
        self.until(lambda: "42.42" in self.query("SELECT data['temperature'] FROM transactions"))

    def poison(self):
        """A record that is no change, which is set aside."""
        self.aws.client("kinesis").put_record(StreamName="dynamodb-cdc", Data=b"no change at all", PartitionKey="k")
        self.until(lambda: "transactions_dead_letters" in self.query(TABLES))

    def mapping(self):
        """The one of the function; None."""
        found = self.aws.client("lambda").list_event_source_mappings(FunctionName="Processor")["EventSourceMappings"]
        return found[0]["UUID"] if found else None
