"""lorry zip --upload, against servers that an emulator does not play: one that refuses before it has
the body, one in another region, a slow one on a terminal."""

import os
import pty
import queue
import shutil
import subprocess
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import LORRY, Case


class Handler(BaseHTTPRequestHandler):
    """Answers HEAD and PUT as the server says; keeps what was asked, and how much of a body came."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in dict({"Content-Length": str(len(body))}, **dict(headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.server.scope = self.headers["Authorization"].split("/")[2:4]
        self.server.asked.put(("HEAD", 0))
        self.answer(*self.server.head)

    def handle_expect_100(self):
        """Agrees, unless the answer to PUT is a refusal: then the body stays where it is."""
        if self.server.put[0] == 200:
            return super().handle_expect_100()
        self.close_connection = True
        self.answer(*self.server.put)
        self.connection.settimeout(10)
        self.server.asked.put(("PUT", len(self.rfile.read())))
        return False

    def do_PUT(self):
        self.server.asked.put(("PUT", len(self.rfile.read(int(self.headers["Content-Length"])))))
        self.answer(*self.server.put)


def read_to_the_end(terminal):
    shown = b""
    while True:
        try:
            shown += os.read(terminal, 65536)
        except OSError:  # nobody has the other side any more
            return shown.decode()


def refusal(code):
    return f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode()


class Upload(Case):
    @classmethod
    def setUpClass(cls):
        cls.compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")

    def setUp(self):
        super().setUp()
        bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
        self.bundle = next(filter(os.path.exists, bundles), None)
        if not self.bundle:
            self.skipTest("no CA bundle on this system")
        source = self.write("own.c", "int main(void) { return 0; }\n")
        subprocess.run([self.compiler, "-static", "-o", str(self.folder / "own"), source], check=True)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.asked = queue.Queue()
        self.server.head, self.server.put = (404,), (200,)
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def words(self, *more):
        return ["zip", "--entrypoint", "own", "--ca-bundle", self.bundle, "-o", "out.zip",
                "--upload", "s3://code/x",
                "--endpoint-url", "http://127.0.0.1:%d" % self.server.server_port, *more]

    def settings(self):
        return {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "NO_PROXY": "*",
                "AWS_REGION": "eu-central-1",
                "AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none",
                "AWS_EC2_METADATA_DISABLED": "true"}

    def upload(self, *more, status=0):
        return self.check(*self.words(*more), status=status, env=self.settings())

    def asked(self, count):
        """The next requests, with the bytes that came with each."""
        return [self.server.asked.get(timeout=30) for _ in range(count)]

    def size(self):
        return (self.folder / "out.zip").stat().st_size

    def test_sent_once(self):
        result = self.upload()
        self.assertEqual(self.asked(2), [("HEAD", 0), ("PUT", self.size())])
        self.assertEqual(result.stderr, "")  # into a pipe there is no progress
        self.assertIn("uploaded", result.stdout)

    def test_not_a_byte_is_sent_of_what_is_there(self):
        self.server.head, self.server.put = (403,), (412, (), refusal("PreconditionFailed"))
        result = self.upload()
        self.assertIn("was there already", result.stdout)
        for _ in range(10):  # who gets no answer within a second does send
            asked = self.asked(2)
            if asked == [("HEAD", 0), ("PUT", 0)]:
                return
            self.upload()
        self.fail(asked)

    def test_the_region_is_that_of_the_pipeline(self):
        self.upload()
        self.assertEqual(self.server.scope, ["eu-central-1", "s3"])
        self.check("init", "--quiet")
        self.upload("--region=eu-west-3")
        self.assertEqual(self.server.scope, ["eu-west-3", "s3"])
        path = self.folder / "pipeline.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("region: eu-central-1", "region: eu-north-1"), encoding="utf-8")
        self.assertNotEqual(path.read_text(encoding="utf-8"), text)
        self.upload()
        self.assertEqual(self.server.scope, ["eu-north-1", "s3"])

    def test_the_reason_is_that_of_the_second_request(self):
        self.server.head, self.server.put = (400,), (400, (), refusal("ExpiredToken"))
        result = self.upload(status=1)
        self.assertIn("ExpiredToken (HTTP 400): m; the AWS credentials have expired", result.stderr)
        self.assertEqual(result.stdout, "")

    def test_another_region_is_named(self):
        self.server.head = (301, {"x-amz-bucket-region": "eu-west-1"})
        result = self.upload(status=1)
        self.assertIn('it is in region "eu-west-1": use that one', result.stderr)
        self.assertEqual(self.asked(1), [("HEAD", 0)])
        self.assertTrue(self.server.asked.empty())

    def test_progress_on_a_terminal(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        result = subprocess.run([LORRY, *self.words()], cwd=self.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=slave, timeout=60,
                                env=self.environment(**self.settings()))
        os.close(slave)
        shown = read_to_the_end(master)
        self.assertEqual(result.returncode, 0, shown)
        self.assertRegex(shown, r"^\rcode: [0-9.]+ of [0-9.]+ MB, [0-9.]+ MB/s")
        self.assertTrue(shown.endswith("\r\x1b[K"), repr(shown))


if __name__ == "__main__":
    unittest.main()
