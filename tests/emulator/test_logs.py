"""lorry logs, lorry logs groups: the past, what is written while one looks, and connections that are cut."""

import contextlib
import fcntl
import json
import os
import pty
import queue
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
import unittest
from pathlib import Path

import packages

packages.require("botocore", "ministack")
from emulator import ALLOW_ALL, EmulatorCase

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from documented import assert_documented
from harness import read_to_the_end

LORRY = os.environ["LORRY"]
GROUP = "/aws/lambda/Processor"
PIPELINE = """project: toy
stage: dev
region: eu-central-1
source: {dynamodb: {table: toys, keys: {id: N}}}
stream: {name: toys-cdc}
processor: {name: Processor, repository: toys}
sink: {url: "crate://admin@example.net:4200/", table: toys}
"""
# Of 2024-11-28.
NOON_MS = 1732795200000
SINCE = "--since=2024-11-28T11:00:00Z"
REQUEST = "8f5074ae-1d2f-4a61-9d3e-000000000001"
LINES = [
    ("a", 0, json.dumps({"timestamp": "2024-11-28T12:00:00.000123Z", "level": "INFO", "requestId": REQUEST,
                         "message": "connected", "sink": "crate"})),
    ("b", 1000, "plain text\n"),
    ("a", 2000, json.dumps({"timestamp": "2024-11-28T12:00:02Z", "level": "ERROR", "requestId": REQUEST,
                            "message": "the sink \"refused\" \u001b[2J"})),
    ("b", 3000, json.dumps({"timestamp": "2024-11-28T12:00:03.5Z", "level": "INFO", "requestId": REQUEST, "_aws": {},
                            "FunctionName": "f", "Records": 2500, "StaleChanges": 0, "DeadLetters": 1})),
    ("b", 4000, json.dumps({"time": "2024-11-28T12:00:04.000Z", "type": "platform.report", "record": {
        "requestId": REQUEST, "status": "success", "metrics": {
            "durationMs": 12.5, "billedDurationMs": 13, "memorySizeMB": 256, "maxMemoryUsedMB": 21}}})),
]
READABLE = """\
2024-11-28T12:00:00.000Z INFO  8f5074ae connected sink="crate"
2024-11-28T12:00:01.000Z plain text
2024-11-28T12:00:02Z     ERROR 8f5074ae the sink "refused"  [2J
2024-11-28T12:00:03.5Z   INFO  8f5074ae Records 2500, DeadLetters 1
2024-11-28T12:00:04.000Z 8f5074ae end: success, 12.5 ms, billed 13 ms, 21 MB of 256 MB
"""


# The log groups here are of no function: that nothing calls it is for one test alone.
READER = [*ALLOW_ALL, {"Effect": "Deny", "Action": "lambda:ListEventSourceMappings", "Resource": "*"}]


class Proxy:
    """Passes connections on to a port, cuts all of them when told to; refuses new ones while `closed`, and lets
    them wait for ever while `stalled`."""

    def __init__(self, port):
        self.port, self.closed, self.stalled, self.pairs = port, False, False, []
        self.waiting = threading.Event()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.server.accept()[0]
                if self.closed:
                    client.close()
                    continue
                if self.stalled:
                    self.pairs.append((client, client))
                    self.waiting.set()
                    continue
                server = socket.create_connection(("127.0.0.1", self.port))
                self.pairs.append((client, server))
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self.copy, args=(source, target), daemon=True).start()

    def copy(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        self.drop(source, target)

    @staticmethod
    def drop(*sockets):
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def cut(self):
        pairs, self.pairs = self.pairs, []
        for pair in pairs:
            self.drop(*pair)

    def stop(self):
        self.cut()
        self.server.close()


class Follower:
    """A lorry that runs; its lines are waited for one by one."""

    def __init__(self, case, *words, **environment):
        self.case, self.lines, self.notes = case, queue.Queue(), queue.Queue()
        self.process = subprocess.Popen(
            [LORRY, "logs", "--follow", *words], env=case.environment(**environment), cwd=case.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        for stream, lines in ((self.process.stdout, self.lines), (self.process.stderr, self.notes)):
            threading.Thread(target=self.read, args=(stream, lines), daemon=True).start()
        case.addCleanup(self.kill)

    @staticmethod
    def read(stream, lines):
        for line in stream:
            lines.put(line.rstrip("\n"))
        lines.put(None)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def take(self, count=1):
        """The next lines, without their times."""
        return [self.lines.get(timeout=60)[25:] for _ in range(count)]

    def note(self):
        return self.notes.get(timeout=60)

    def end(self, number=signal.SIGINT):
        """Interrupts it; the status, and the lines that came."""
        self.process.send_signal(number)
        status = self.process.wait(30)
        rest = []
        while (line := self.lines.get(timeout=30)) is not None:
            rest.append(line[25:])
        return status, rest


class Logs(EmulatorCase):
    def setUp(self):
        super().setUp()
        (self.folder / "pipeline.yaml").write_text(PIPELINE, encoding="utf-8")
        self.key = self.aws.user("reader", READER)
        self.logs = self.aws.client("logs")
        self.logs.create_log_group(logGroupName=GROUP)
        for stream in "ab":
            self.logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)

    def environment(self, **more):
        return self.aws.environment(key=self.key, LORRY_POLL_MS="50", **more)

    def write(self, *lines, stream="a", at=None):
        """Lines of one time, or of consecutive times from `at` on."""
        now = int(time.time() * 1000)
        self.logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[
            {"timestamp": now if at is None else at + i, "message": line} for i, line in enumerate(lines)])

    def write_past(self):
        for stream, offset, line in LINES:
            self.write(line, stream=stream, at=NOON_MS + offset)

    def lorry(self, *words, status=0, **environment):
        result = subprocess.run([LORRY, *words], env=self.environment(**environment), stdin=subprocess.DEVNULL,
                                cwd=self.folder, capture_output=True, encoding="utf-8", timeout=120)
        self.assertEqual(result.returncode, status, (words, result.stdout, result.stderr))
        return result

    def past(self, *words, **more):
        return self.lorry("logs", SINCE, *words, **more).stdout

    def on_terminal(self, columns, *words, **environment):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with subprocess.Popen([LORRY, *words], env=self.environment(TERM="xterm", **environment), cwd=self.folder,
                              stdin=slave, stdout=slave, stderr=slave):
            os.close(slave)
            text = read_to_the_end(master).decode().replace("\r\n", "\n")
        os.close(master)
        return text

    # What was written.

    def test_readable(self):
        self.write_past()
        self.assertEqual(self.past(), READABLE)
        self.assertEqual(self.past("--function", "arn:aws:lambda:eu-central-1:123456789012:function:Processor:live"),
                         READABLE)
        self.assertEqual(self.past("--group", GROUP), READABLE)

    def test_nothing_calls_the_function(self):
        self.write_past()
        self.key = self.aws.user("owner", ALLOW_ALL)
        result = self.lorry("logs", SINCE)
        self.assertEqual((result.stdout, result.stderr), (
            READABLE, 'lorry logs: warning: nothing calls "Processor": no event source mapping leads to it '
            "(`lorry status`)\n"))
        self.assertEqual(self.lorry("logs", SINCE, "--quiet").stderr, "")
        self.assertEqual(self.lorry("logs", SINCE, "--group", GROUP).stderr, "")

    def test_terminals(self):
        """Lines are as long as they are: the terminal folds them, and they can be copied whole."""
        self.write_past()
        for columns in (80, 120):
            text = self.on_terminal(columns, "logs", SINCE)
            self.assertIn("\033[31mERROR 8f5074ae the sink \"refused\"  [2J\033[m\n", text)
            self.assertIn("\033[33mINFO  8f5074ae Records 2500, DeadLetters 1\033[m\n", text)
            for code in ("\033[31m", "\033[33m", "\033[m"):
                text = text.replace(code, "")
            self.assertEqual(text, READABLE)
            self.assertEqual(self.on_terminal(columns, "logs", SINCE, NO_COLOR="1"), READABLE)

    def test_choice(self):
        self.write_past()
        lines = READABLE.splitlines()

        def check(*words, wanted):
            self.assertEqual(self.past(*words).splitlines(), [lines[i] for i in wanted], words)

        check("--filter=connected", wanted=[0])
        check("--filter=plain text", wanted=[1])
        check("--filter=text plain", wanted=[])
        check("--filter=?plain ?connected", wanted=[0, 1])
        check("--filter=%[0-9]{4},%", wanted=[3])
        check('--filter={ $.level = "ERROR" }', wanted=[2])
        check('--filter="plain" "text"', wanted=[1])
        check("--errors", wanted=[2, 3])
        check("--errors", "--filter=refused", wanted=[2])
        check("--since=2024-11-28T12:00:01Z", "--until=2024-11-28T13:00:03+01:00", wanted=[1, 2, 3])
        self.assertIn('no such lines in "%s" (--since 10m)' % GROUP, self.lorry("logs").stderr)

    def test_raw(self):
        self.write_past()
        self.assertEqual(self.past("--raw"), "".join(line.rstrip("\n") + "\n" for _, _, line in LINES))

    def test_json(self):
        self.write_past()
        value = json.loads(self.past("--json", "--until=2024-11-28T12:00:01Z"))
        assert_documented(self, "lorry logs", value)
        self.assertEqual((value["group"], value["since"], value["until"]),
                         (GROUP, "2024-11-28T11:00:00.000Z", "2024-11-28T12:00:01.000Z"))
        self.assertEqual([(e["stream"], e["time"], e["message"]) for e in value["events"]],
                         [("a", "2024-11-28T12:00:00.000Z", LINES[0][2]), ("b", "2024-11-28T12:00:01.000Z", "plain text\n")])
        self.assertEqual(json.loads(self.past("--json", "--filter=nowhere"))["events"], [])

    def test_many_pages(self):
        for i in range(0, 25000, 5000):
            self.write(*[f"line {n:05}" for n in range(i, i + 5000)], at=NOON_MS + i)
        lines = self.past("--raw").splitlines()
        self.assertEqual(lines, [f"line {n:05}" for n in range(25000)])
        self.assertEqual(len(json.loads(self.past("--json"))["events"]), 25000)

    def test_reader_that_leaves(self):
        self.write(*[f"line {n:05}" for n in range(10000)], at=NOON_MS)
        for words in (["--raw"], ["--follow"], ["--json"]):
            with subprocess.Popen([LORRY, "logs", SINCE, *words], env=self.environment(), cwd=self.folder,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                process.stdout.read(10)
                process.stdout.close()
                self.assertEqual(process.stderr.read(), b"")
                self.assertEqual(process.wait(30), -signal.SIGPIPE)

    def test_output_that_cannot_be_written(self):
        """It is said once, with the reason; and nothing goes into a connection that got the number of a closed file."""
        self.write(*["x" * 100] * 100, at=NOON_MS)
        for words in ([], ["--json"], ["--raw"]):
            for redirection, reason in ((">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")):
                result = subprocess.run(["sh", "-c", f'exec "$0" logs "$@" {redirection}', LORRY, SINCE, *words],
                                        env=self.environment(), cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
                self.assertEqual((result.returncode, result.stderr),
                                 (1, f"lorry logs: cannot write to standard output: {reason}\n"), words)

    def test_refused_pattern(self):
        result = self.lorry("logs", SINCE, "--filter={ $.level = ", status=1)
        self.assertIn("--filter { $.level = : ", result.stderr)
        self.assertIn("Invalid filter pattern", result.stderr)

    def test_group_that_is_not_there(self):
        for words in ([], ["--follow"]):
            result = self.lorry("logs", "--function=Procesor", *words, status=1)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertIn(f'there is no log group "/aws/lambda/Procesor" in eu-central-1', result.stderr)
            self.assertIn(f'did you mean "{GROUP}"?', result.stderr)
        self.assertIn("`lorry logs groups` lists", self.lorry("logs", "--group=/x/y", status=1).stderr)

    # What is written while one looks.

    def test_follow(self):
        self.write("before")
        follower = Follower(self)
        self.assertEqual(follower.take(), ["before"])
        for i in range(3):
            self.write(f"live {i}", "twice", "twice", stream="ab"[i % 2])
            self.assertEqual(follower.take(3), [f"live {i}", "twice", "twice"])
        self.assertEqual(follower.end(), (0, []))
        self.assertIsNone(follower.note())

    def test_follow_chooses(self):
        follower = Follower(self, "--filter=yes", "--json")
        self.write("no")
        self.write("yes", stream="b")
        event = json.loads(follower.lines.get(timeout=60))
        self.assertEqual(list(event), ["time", "ingested", "stream", "message"])
        self.assertEqual((event["stream"], event["message"]), ("b", "yes"))
        self.assertEqual(follower.end(signal.SIGTERM), (0, []))

    def follow_without_live_tail(self, **environment):
        deny = {"Effect": "Deny", "Action": "logs:StartLiveTail", "Resource": "*"}
        key = self.aws.user("poor", [*READER, deny])
        follower = Follower(self, AWS_ACCESS_KEY_ID=key[0], AWS_SECRET_ACCESS_KEY=key[1], **environment)
        self.assertIn("there is no live tail (", follower.note())
        return follower

    def test_without_live_tail(self):
        self.write("before")
        follower = self.follow_without_live_tail()
        self.assertEqual(follower.take(), ["before"])
        for i in range(3):
            self.write(f"asked {i}", stream="ab"[i % 2])
            self.assertEqual(follower.take(), [f"asked {i}"])
        self.assertEqual(follower.end(), (0, []))
        self.assertIsNone(follower.note())

    def test_arn_that_is_not_told(self):
        key = self.aws.user("poorer", [*READER, {"Effect": "Deny", "Action": "logs:DescribeLogGroups", "Resource": "*"}])
        follower = Follower(self, AWS_ACCESS_KEY_ID=key[0], AWS_SECRET_ACCESS_KEY=key[1])
        self.assertIn("logs:DescribeLogGroups", follower.note())
        self.write("asked")
        self.assertEqual(follower.take(), ["asked"])
        self.assertEqual(follower.end(), (0, []))

    def test_connection_that_is_cut(self):
        proxy = Proxy(self.aws.port)
        self.addCleanup(proxy.stop)
        follower = Follower(self, AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=proxy.url)
        self.write("begun")
        self.assertEqual(follower.take(), ["begun"])
        for i in range(3):
            proxy.closed = True
            proxy.cut()
            self.write(f"meanwhile {i}", "twice", "twice")
            self.assertRegex(follower.note(), "going on with another one|trying again|can be read again")
            proxy.closed = False
            self.assertEqual(follower.take(3), [f"meanwhile {i}", "twice", "twice"])
            self.write(f"afterwards {i}", stream="b")
            self.assertEqual(follower.take(), [f"afterwards {i}"])
        self.assertEqual(follower.end(), (0, []))

    def test_second_interrupt(self):
        """Ends it at once, while an answer is waited for that never comes."""
        proxy = Proxy(self.aws.port)
        self.addCleanup(proxy.stop)
        follower = self.follow_without_live_tail(AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=proxy.url)
        proxy.stalled = True
        proxy.cut()
        self.assertTrue(proxy.waiting.wait(30))
        end = time.monotonic() + 20
        while follower.process.poll() is None and time.monotonic() < end:
            follower.process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        self.assertEqual(follower.process.poll(), -signal.SIGINT)

    # Groups.

    def test_groups(self):
        self.write("x" * 1500)
        self.logs.put_retention_policy(logGroupName=GROUP, retentionInDays=14)
        for name in ["/aws/lambda/" + "long" * 20, "/other"]:
            self.logs.create_log_group(logGroupName=name)
        lines = self.lorry("logs", "groups").stdout.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertEqual(lines[0].split(), ["name", "retention", "size", "created"])
        self.assertEqual(lines[1].split()[:5], [GROUP, "14", "days", "1.50", "kB"])
        self.assertIn("for ever", lines[2])
        self.assertIn("/other", self.lorry("logs", "groups", "--prefix=").stdout)
        self.assertIn('no log group begins with "/none"', self.lorry("logs", "groups", "--prefix=/none").stderr)
        value = json.loads(self.lorry("logs", "groups", "--json").stdout)
        assert_documented(self, "lorry logs groups", value)
        self.assertEqual([(g["name"], g["retention_days"], g["bytes"]) for g in value["groups"]],
                         [(GROUP, 14, 1500), ("/aws/lambda/" + "long" * 20, None, 0)])
        for line in self.on_terminal(80, "logs", "groups").splitlines():
            self.assertLessEqual(len(line.replace("\033[1m", "").replace("\033[0m", "")), 80)

    def test_wrong_use(self):
        for words, what in [
                (["--since=yesterday"], '--since: "yesterday" is neither'), (["--until=1h"], "is before --since"),
                (["--follow", "--until=0"], "has no end"), (["--raw", "--json"], "exclude each other"),
                (["--group=a", "--function=b"], "exclude each other"), (["--filter="], "--filter: it is empty"),
                (["--group=a:b"], "is no name of a log group"),
                (["--function=arn:aws:lambda:us-east-1:123456789012:function:Processor"],
                 'is in region "us-east-1", not in "eu-central-1": name that one with --region'), (["x"], 'there is no command "logs x"'),
                (["--json", "groups"], 'has to stand right behind "logs"'),
                (["gruops"], 'did you mean "logs groups"?')]:
            self.assertIn(what, self.lorry("logs", *words, status=2).stderr)
        (self.folder / "pipeline.yaml").unlink()
        self.assertIn("which function?", self.lorry("logs", status=2).stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
