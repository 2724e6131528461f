"""A pipeline that is deployed by lorry on the emulator, for tests of what is done with it."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import packages

packages.require("botocore", "ministack")
sys.path.insert(0, str(packages.ROOT / "tests" / "runtime_api"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
import support
from emulator import REGION, EmulatorCase

if os.environ["LORRY_STATIC_PROCESSOR"] != "true":
    print("skipped: -Dstatic_processor=false, and a package takes only a static one")
    sys.exit(packages.SKIPPED)

LORRY = os.environ["LORRY"]
STACK = "flight-dev"
CTRL_C = "\x03"
PIPELINE = """project: flight
stage: dev
region: {region}
source:
  dynamodb:
    table: table-testdrive
    keys: {{device: S, timestamp: S}}
stream: {{name: dynamodb-cdc}}
processor:
  name: {name}
  package: {package}
  repository: kinesis-cratedb-lambda
  memory: {memory}
  batch: {{window: 0s}}
  environment: {{LOG_LEVEL: INFO}}
sink:
  url: sqlite:///{database}
  table: transactions
"""


class PipelineCase(EmulatorCase):
    def setUp(self):
        super().setUp()
        self.aws.set("seconds", 0)
        self.write()

    def write(self, package="zip", memory=256, name="Processor", **more):
        text = PIPELINE.format(region=REGION, package=package, memory=memory, name=name,
                               database=self.folder / "sink.db")
        for old, new in more.values():
            self.assertIn(old, text)
            text = text.replace(old, new)
        (self.folder / "pipeline.yaml").write_text(text, encoding="utf-8")

    def environment(self):
        return self.aws.environment(LORRY_POLL_MS="50")

    def lorry(self, *words, status=0, stdin="", **environment):
        result = subprocess.run([LORRY, *words], env={**self.environment(), **environment}, input=stdin,
                                cwd=self.folder, capture_output=True, encoding="utf-8", timeout=120)
        self.assertEqual(result.returncode, status, (words, result.stdout, result.stderr))
        return result

    def interrupt_at(self, sign, *words, number=signal.SIGINT, **environment):
        """Has a signal end it once it has said that; returns what it said from there on."""
        process = subprocess.Popen([LORRY, *words], env={**self.environment(), **environment}, cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")
        for line in process.stderr:
            if sign in line:
                break
        else:
            self.fail(f"{sign} was never said")
        process.send_signal(number)
        said = process.communicate(timeout=30)[1]
        self.assertEqual(process.returncode, -number, said)
        return said

    def at_a_terminal(self, *words, answers, asks):
        """What the terminal showed, and the exit status. Each time that one of `asks` is shown, an answer is
        typed."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execve(LORRY, [LORRY, *words], dict(self.environment(), TERM="dumb"))
        shown, answers, asked, end = "", list(answers), 0, time.monotonic() + 60
        while time.monotonic() < end:
            ready = select.select([terminal], [], [], 0.1)[0]
            try:
                shown += os.read(terminal, 4096).decode(errors="replace") if ready else ""
            except OSError:
                break
            if answers and sum(shown.count(ask) for ask in asks) > asked:
                answer = answers.pop(0)
                os.write(terminal, (answer if answer == CTRL_C else answer + "\n").encode())
                asked += 1
        os.close(terminal)
        return shown, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def status(self):
        return self.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]

    def rows(self):
        return support.rows(str(self.folder / "sink.db"), "SELECT data->>'temperature' FROM transactions_live")

    def await_rows(self, wanted):
        end = time.monotonic() + 30
        while True:
            try:
                found = self.rows()
            except Exception:  # there is no table yet
                found = None
            if found == wanted or time.monotonic() > end:
                return self.assertEqual(found, wanted)
            time.sleep(0.1)

    def make_table(self, **more):
        self.aws.client("dynamodb").create_table(
            TableName="table-testdrive", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "device", "KeyType": "HASH"},
                       {"AttributeName": "timestamp", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "device", "AttributeType": "S"},
                                  {"AttributeName": "timestamp", "AttributeType": "S"}])
