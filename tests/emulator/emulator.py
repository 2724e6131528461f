"""An AWS for tests: the corrected MiniStack (`aws/`, README.md) in a process of its own, on a free port of
the loopback device.

    import packages
    packages.require("botocore", "ministack")
    from emulator import Emulator

    with Emulator() as aws:
        subprocess.run([LORRY, "registry", "create"], env=aws.environment(), ...)
        aws.client("ecr").describe_repositories()        # botocore
        aws.cli("ecr", "describe-repositories")          # AWS CLI; the answer as a dictionary
        aws.reset()                                      # everything is gone: between tests

What takes its time on AWS takes `seconds`: none, unless told. Records in streams get old `ageing` times faster.
`set()` changes both at any time.

`EmulatorCase` is that for tests, one emulator a class.

There are two lanes. `Emulator()` takes any key. `Emulator(auth=True)` verifies signatures, session
tokens and policies: `environment()` then has the key of an IAM user who may do everything, and
`user()` makes others. It is ready within a second. Account and region are those below.

Functions see the environment of the server; so that has nothing of the caller's.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import botocore.config
import botocore.session

HERE = Path(__file__).resolve().parent
ACCOUNT = "123456789012"
REGION = "eu-central-1"
ALLOW_ALL = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
READY_S = 30


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Emulator:
    def __init__(self, auth=False, seconds=0, ageing=1):
        self.auth = auth
        self.folder = Path(tempfile.mkdtemp(prefix="lorry-emulator-"))
        self.process = None
        self.session, self.clients = botocore.session.Session(), {}
        self.set("seconds", seconds)
        self.set("ageing", ageing)
        try:
            self._start()
            self._make_user()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def set(self, name, value):
        """Changes "seconds" or "ageing"."""
        new = self.folder / (name + ".new")
        new.write_text(str(value), encoding="ascii")
        new.rename(self.folder / name)

    def _start(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        home = str(self.folder)
        settings = {
            "PATH": os.environ["PATH"], "HOME": home, "TMPDIR": home, "LOG_LEVEL": "INFO",
            "GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION, "MINISTACK_ACCOUNT_ID": ACCOUNT, "AWS_ENDPOINT_URL": self.url,
            "STATE_DIR": home + "/state", "S3_DATA_DIR": home + "/s3",
            "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0", "AUTH": "true" if self.auth else "false",
        }
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-B", "-m", "aws"], env=settings, cwd=HERE,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + READY_S
        while not self._healthy():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("MiniStack does not start:\n" + self.log())
            time.sleep(0.02)

    def _healthy(self):
        try:
            return self._own("/_ministack/health").status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def _own(self, path, method="GET"):
        """A request of the emulator's own interface; no proxy is between."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self.url + path, method=method), timeout=10) as answer:
            answer.read()
            return answer

    def _make_user(self):
        """Without verification the key may be anything; one of 12 digits is the account's root."""
        self.key = (ACCOUNT, "none")
        if self.auth:
            self.key = self.user("lorry", ALLOW_ALL)

    def reset(self):
        """Everything that was made is gone; the key of environment() is a new one."""
        self._own("/_ministack/reset", "POST")
        self._make_user()

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        """What the server has written."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def user(self, name, statements):
        """A new IAM user with a policy of these statements; returns the id and secret of a key."""
        iam = self.client("iam", key=(ACCOUNT, "none"))
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": statements}))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def environment(self, key=None, **more):
        """For a process that shall reach this AWS and no other; `more` is added or overrides."""
        key = key or self.key
        settings = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8",
            "AWS_ENDPOINT_URL": self.url, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1],
            "AWS_CONFIG_FILE": str(self.folder / "no-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "no-credentials"),
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
        }
        if len(key) > 2:
            settings["AWS_SESSION_TOKEN"] = key[2]
        return {**settings, **more}

    def client(self, service, key=None):
        """A botocore client; `key`: id, secret and perhaps session token, instead of our own."""
        wanted = (service, *(key or self.key))
        if wanted not in self.clients:
            self.clients[wanted] = self._new_client(*wanted)
        return self.clients[wanted]

    def _new_client(self, service, key_id, secret, token=None):
        return self.session.create_client(
            service, region_name=REGION, endpoint_url=self.url, aws_access_key_id=key_id,
            aws_secret_access_key=secret, aws_session_token=token,
            config=botocore.config.Config(retries={"total_max_attempts": 1}, proxies={},
                                          s3={"addressing_style": "path"},
                                          inject_host_prefix=False))

    def cli(self, *words):
        """Runs the AWS CLI; returns its answer (None if it has none), fails if it fails."""
        result = subprocess.run(
            [sys.executable, "-m", "awscli", *words, "--output", "json"], env=self.environment(),
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60)
        if result.returncode:
            raise RuntimeError(f"aws {' '.join(words)}: {result.stderr}")
        return json.loads(result.stdout) if result.stdout.strip() else None


class EmulatorCase(unittest.TestCase):
    """Each test has the emulator of its class (`aws`), emptied, and a folder of its own."""

    auth = True

    @classmethod
    def setUpClass(cls):
        cls.aws = Emulator(auth=cls.auth)
        cls.addClassCleanup(cls.aws.stop)

    def setUp(self):
        self.aws.reset()
        self.folder = Path(tempfile.mkdtemp(prefix=self.id(), dir=self.aws.folder))
