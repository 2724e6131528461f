"""Where the password comes from, and where it does not show."""

import base64
import http.server
import os
import pty
import select
import signal
import subprocess
import threading
import time
import unittest
import urllib.parse
from pathlib import Path

from harness import LORRY, Case

SECRET = "s3cr3t/with@odd:characters"


class ProcessList(Case):
    def test_overwritten_at_once(self):
        words = ["query", "-", "--sink", "crate://user:%s@127.0.0.1:9/" % SECRET]
        process = subprocess.Popen([LORRY, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment())
        deadline, line = time.monotonic() + 10, b""
        # Until exec() it is still this program's memory, and for a moment longer the whole URL.
        while time.monotonic() < deadline and (
                b"crate://user:@127.0.0.1:9/" not in line
                or any(part in line for part in [SECRET.encode(), b"s3cr3t", b"characters"])):
            line = Path("/proc/%d/cmdline" % process.pid).read_bytes()
        self.assertLess(time.monotonic(), deadline, line)
        out, err = process.communicate(b"SELECT 1", timeout=30)
        self.assertNotIn(b"s3cr3t", out + err)

    def test_never_in_messages(self):
        url = "crate://user:%s@host:4200/" % SECRET
        for words in [["relay", url], ["relay", url, url, "-t", "t"], ["query", url, url],
                      [url], ["table", url], ["help", url], ["relay", "a", "--sink", url, url],
                      ["query", "--sink", "nonsense://u:%s@h" % SECRET, "x"]]:
            result = self.lorry(*words)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertNotIn("s3cr3t", result.stdout + result.stderr, words)


class Prompt(Case):
    def ask(self, url, answer):
        """What the terminal showed; when a password is asked for, `answer` is typed, or, if it is a signal, sent."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(LORRY, [LORRY, "query", "--sink", url, "SELECT 1"],
                      self.environment(TERM="dumb"))
        shown, asked, deadline = "", False, time.monotonic() + 30
        while time.monotonic() < deadline:
            ready = select.select([terminal], [], [], 0.1)[0]
            try:
                shown += os.read(terminal, 4096).decode() if ready else ""
            except OSError:
                break
            if "): " in shown and not asked:
                asked = True
                if isinstance(answer, signal.Signals):
                    os.kill(pid, answer)
                else:
                    os.write(terminal, answer)
        os.close(terminal)
        return shown, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_asks_without_echo(self):
        shown, _ = self.ask("crate://user@127.0.0.1:9/", SECRET.encode() + b"\n")
        self.assertIn('Password of "user" at 127.0.0.1 (empty: none): ', shown)
        self.assertNotIn("s3cr3t", shown)

    def test_interrupted(self):
        shown, status = self.ask("crate://user@127.0.0.1:9/", b"s3c\x03")
        self.assertTrue(shown.endswith("): \r\n"), shown)
        self.assertEqual(status, -signal.SIGINT)

    def test_ended(self):
        """The echo is back before."""
        for number in signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT:
            shown, status = self.ask("crate://user@127.0.0.1:9/", number)
            self.assertTrue(shown.endswith("): \r\n"), shown)
            self.assertEqual(status, -number)

    def test_does_not_ask_without_need(self):
        for url in ["crate://127.0.0.1:9/", "crate://user:x@127.0.0.1:9/", self.sink]:
            self.assertNotIn("Password of", self.ask(url, b"")[0])


class Server(http.server.BaseHTTPRequestHandler):
    """Answers every statement as CrateDB would answer SELECT 1, to those who know the password."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        kind, _, login = self.headers.get("Authorization", "Basic ").partition(" ")
        self.server.logins.append(base64.b64decode(login).decode())
        good = kind == "Basic" and self.server.logins[-1] == "user:" + SECRET
        body = b'{"cols": ["1"], "rows": [[1]], "rowcount": 1, "duration": 0.1}' if good else b"no"
        self.send_response(200 if good else 401)
        self.send_header("Content-Type", "application/json" if good else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Login(Case):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        self.server.daemon_threads = True
        self.server.logins = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = "crate://%s127.0.0.1:" + str(self.server.server_port) + "/"

    def query(self, login, *options, **more):
        self.server.logins.clear()
        return self.check("query", "--sink", self.url % login, *options, "SELECT 1", **more)

    def test_from_each_place(self):
        result = self.query("user@", env={"SINK_PASSWORD": SECRET})
        self.assertEqual((result.stdout, result.stderr), ("1\n1\n", ""))
        path = Path(self.write("password", SECRET + "\nsecond line"))
        path.chmod(0o600)
        self.query("user@", "--password-file", str(path), env={"SINK_PASSWORD": "another"})
        quoted = urllib.parse.quote(SECRET, safe="")
        result = self.query("user:%s@" % quoted, env={"SINK_PASSWORD": "another"})
        self.assertIn("warning: a password on the command line", result.stderr)
        result = self.query("user:%s@" % quoted, "--quiet")
        self.assertEqual(result.stderr, "")
        result = self.check("query", "SELECT 1", env={"SINK_URL": self.url % "user:%s@" % quoted})
        self.assertEqual(result.stderr, "")

    def test_from_standard_input(self):
        url = self.url % "user@"
        for stdin in [SECRET, SECRET + "\nsecond line", SECRET + "\r\n"]:
            result = self.check("query", "--sink", url, "--password-file", "-", "SELECT 1", stdin=stdin)
            self.assertEqual(result.stdout, "1\n1\n")
        result = self.check("query", "--sink", url, "--password-file=-", "-", stdin=SECRET, status=2)
        self.assertIn("the statement or the password, not both", result.stderr)
        result = self.check("query", "--sink", url, "--password-file=-", "SELECT 1", stdin="", status=2)
        self.assertIn("standard input: the first line of the password file is empty", result.stderr)

    def test_wrong_one(self):
        result = self.query("user@", status=1, env={"SINK_PASSWORD": "wr0ng"})
        self.assertEqual(result.stdout, "")
        self.assertNotIn("wr0ng", result.stderr)
        self.assertIn("401", result.stderr)
        self.assertNotIn("comes from", result.stderr)

    def test_folder(self):
        self.assertIn("cannot read the password file: Is a directory",
                      self.query("user@", "--password-file", str(self.folder), status=1).stderr)

    def test_none_at_all(self):
        self.assertIn("the password comes from --password-file, from SINK_PASSWORD, or from a prompt",
                      self.query("user@", status=1).stderr)
        self.query("", status=1)


class FromTheFile(Login):
    """Sink and password as the pipeline file has them; an endpoint of one's own may be at 127.0.0.1."""

    ENV = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_EC2_METADATA_DISABLED": "true"}

    def pipeline(self, login="user@", password="", name="pipeline.yaml"):
        return self.write(name, """project: shop
source: {dynamodb: {table: orders, keys: {id: S}}}
sink: {url: "%s", table: orders%s}
alarms: {topic: "arn:aws:sns:eu-central-1:123456789012:ops"}
""" % (self.url % login, password))

    def ask(self, *options, status=0, **env):
        self.server.logins.clear()
        result = self.check("query", *options, "SELECT 1", status=status, env=dict(self.ENV, **env))
        self.assertNotIn("s3cr3t", result.stdout + result.stderr)
        return result.stderr

    def test_variable(self):
        self.pipeline(password=", password: {env: OWN_PASSWORD}")
        self.ask(OWN_PASSWORD=SECRET)
        self.assertEqual(self.server.logins, ["user:" + SECRET])
        self.ask(OWN_PASSWORD="another", SINK_PASSWORD=SECRET)
        self.assertIn("with the password from OWN_PASSWORD (401)",
                      self.ask(OWN_PASSWORD="another", status=1))
        message = self.ask(status=2)
        self.assertIn('the environment variable "OWN_PASSWORD" (sink.password.env of pipeline.yaml), '
                      "which is not set", message)
        self.assertEqual(self.server.logins, [])
        # A sink by hand has nothing to do with the password of the file.
        self.assertIn("without a password (401)", self.ask("--sink", self.url % "user@", status=1,
                                                           OWN_PASSWORD=SECRET))

    def test_in_the_url(self):
        quoted = urllib.parse.quote(SECRET, safe="")
        self.pipeline("user:%s@" % quoted)
        self.assertEqual(self.ask(SINK_PASSWORD="another"), "")
        path = Path(self.write("password", "another\n"))
        path.chmod(0o600)
        self.assertIn("with the password from --password-file (401)",
                      self.ask("--password-file", str(path), status=1))
        self.assertIn("with the password from the URL (401)",
                      self.ask("--sink", self.url % "user:x@", status=1))

    def test_file_and_environment(self):
        self.pipeline(name="other.yaml")
        self.assertIn("there is no pipeline.yaml here that names one", self.ask(status=2))
        self.ask("-f", "other.yaml", SINK_PASSWORD=SECRET)
        self.assertEqual(self.ask(SINK_URL=self.url % "user@", SINK_PASSWORD=SECRET), "")
        self.assertIn("warning: the sink is that of SINK_URL, not that of other.yaml",
                      self.ask("-f", "other.yaml", SINK_URL=self.url % "user@", SINK_PASSWORD=SECRET))

    def test_broken_file(self):
        self.write("pipeline.yaml", "project: 7\nsink: [")
        self.assertIn("describes no pipeline that works", self.ask(status=1))
        # It is not looked at when nothing of it is needed.
        self.ask("--sink", self.url % "user@", SINK_PASSWORD=SECRET)

    def test_secret_without_an_answer(self):
        self.pipeline(password=", password: {secret: lorry/orders}")
        keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_REGION": "eu-central-1",
                "AWS_MAX_ATTEMPTS": "1"}
        self.assertIn('cannot read the password of the sink (sink.password): Secrets Manager '
                      '"lorry/orders"', self.ask(status=1, **keys))
        self.assertEqual(self.server.logins, [])
        self.ask(SINK_PASSWORD=SECRET)


class PasswordFile(Case):
    def fails(self, path, says, status=2, url="crate://user@127.0.0.1:9/"):
        result = self.check("query", "--sink", url, "--password-file", str(path), "SELECT 1",
                            status=status)
        self.assertIn(says, result.stderr)
        self.assertNotIn("s3cr3t", result.stderr)

    def test_refused(self):
        path = Path(self.write("password", SECRET + "\n"))
        path.chmod(0o644)
        self.fails(path, "others can read the password file; use chmod 600")
        path.chmod(0o640)
        self.fails(path, "others can read")
        path.chmod(0o600)
        self.fails(path, "give one of them", url="crate://user:x@127.0.0.1:9/")
        path.write_text("\nsecond line", encoding="utf-8")
        self.fails(path, "is empty")
        path.write_text("x" * 5000, encoding="utf-8")
        self.fails(path, "longer than 4096 bytes")
        self.fails(self.folder / "missing", "cannot open the password file", status=1)


if __name__ == "__main__":
    unittest.main()
