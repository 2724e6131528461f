"""lorry invoke --local: the packaged processor on this machine, as Lambda would run it."""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
import uuid
import zipfile
from pathlib import Path

from documented import assert_documented
from harness import LORRY, ROOT, Case

sys.path.insert(0, str(ROOT / "tests" / "runtime_api"))
import support

PROCESSOR = os.environ["LORRY_PROCESSOR"]
STATIC = os.environ["LORRY_STATIC_PROCESSOR"] == "true"
NAMESPACES = subprocess.run(["unshare", "--user", "--mount", "--pid", "--fork", "true"], check=False,
                            stderr=subprocess.DEVNULL).returncode == 0
PIPELINE = """project: toy
stage: dev
region: eu-central-1
source: {{dynamodb: {{table: toys, keys: {{device: S, timestamp: S}}}}}}
stream: {{name: toys-cdc}}
processor: {{name: f, repository: toys, package: {package}, timeout: {timeout}, memory: {memory}, {more}}}
sink: {{url: "{url}", table: toys{password}}}
"""
# A runtime in another language: what `answer` makes of the event is the answer.
RUNTIME = """#!/usr/bin/env python3
import http.client, json, os, subprocess, sys, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
def call(method, path, body=None, headers={}):
    api.request(method, "/2018-06-01/runtime/" + path, body, headers)
    answer = api.getresponse()
    return answer.status, answer.headers, answer.read()
def say(*words):
    print(*words, flush=True)
"""
LOOP = """
while True:
    _, headers, body = call("GET", "invocation/next")
    event, request = json.loads(body), headers["Lambda-Runtime-Aws-Request-Id"]
    call("POST", "invocation/" + request + "/response", json.dumps(answer(event)),
         {"Lambda-Runtime-Invocation-Id": headers["Lambda-Runtime-Invocation-Id"]})
"""


def processes(marker):
    """Those that have the marker in their command line, as the kernel sees them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if marker in (process / "cmdline").read_text(errors="replace"):
                found.append((process / "status").read_text())
    return found


class Local(Case):
    def setUp(self):
        super().setUp()
        self.sink_folder = self.folder / "sink"
        self.sink_folder.mkdir()
        self.sink = f"sqlite:///{self.sink_folder}/sink.db"
        self.temporary = self.folder / "temporary"
        self.temporary.mkdir()
        self.write_pipeline()

    def write_pipeline(self, package="image", timeout="20s", memory=256, more="", url=None, password=""):
        self.write("pipeline.yaml", PIPELINE.format(package=package, timeout=timeout, memory=memory, more=more,
                                                    url=url or self.sink, password=password))

    def environment(self, **more):
        return super().environment(**{
            "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(self.folder),
            "TMPDIR": str(self.temporary), **more})

    def invoke(self, *words, status=0, **more):
        result = self.check("invoke", "--local", *words, status=status, **more)
        self.assertEqual(os.listdir(self.temporary), [])
        return result

    def rows(self):
        return support.rows(str(self.sink_folder / "sink.db"), "SELECT data->>'temperature' FROM toys_live")

    def zip(self, script, name="bootstrap"):
        path = self.folder / "own.zip"
        with zipfile.ZipFile(path, "w") as archive:
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o755 << 16
            archive.writestr(entry, script if isinstance(script, bytes) else RUNTIME + script)
        return str(path)

    def run_script(self, script, event="{}", status=0, env=None):
        """A runtime of a zip file; what lorry prints as JSON."""
        result = self.invoke("--package", self.zip(script), "--payload=-", "--json", stdin=event, status=status, env=env)
        value = json.loads(result.stdout)
        assert_documented(self, "lorry invoke --local", value)
        self.assertEqual(value["failed"], status != 0)
        return value

    def fails(self, script, kind, what):
        value = self.run_script(script, status=1)
        self.assertEqual(value["response"]["errorType"], kind)
        self.assertIn(what, value["response"]["errorMessage"])
        return value


class Processor(Local):
    """The built-in one."""

    def test_image(self):
        result = self.invoke("--example=dynamodb")
        self.assertEqual(json.loads(result.stdout), {"batchItemFailures": []})
        self.assertRegex(result.stderr, r"INFO  \w{8} Records 2, ChangesWritten 1")
        self.assertRegex(result.stderr, r"init \d+\.\d\d ms, duration \d+\.\d\d ms, memory \d+ of 256 MB")
        self.assertEqual(len(self.rows()), 1)
        self.assertEqual(self.invoke("--example=remove", "--quiet").stderr, "")
        self.assertEqual(self.rows(), [])

    @unittest.skipUnless(STATIC, "a zip file takes a static processor only")
    def test_zip(self):
        self.write_pipeline(package="zip")
        value = json.loads(self.invoke("--example=insert", "--json").stdout)
        assert_documented(self, "lorry invoke --local", value)
        self.assertEqual((value["failed"], value["response"]), (False, {"batchItemFailures": []}))
        self.assertIn('"ChangesWritten":1', value["log"])
        self.assertEqual(len(self.rows()), 1)
        self.assertGreater(value["peak_memory_mb"], 0)
        self.assertLess(value["peak_memory_mb"], 64)

    @unittest.skipUnless(NAMESPACES and os.geteuid() == 0 and shutil.which("setpriv"), "needs root, to become another user")
    def test_as_another_user(self):
        """Who can make namespaces need not be root."""
        for program in LORRY, PROCESSOR:
            shutil.copy(program, self.folder)
        for path in (self.folder, self.sink_folder, self.temporary):
            os.chown(path, 65533, 65533)
        result = subprocess.run(
            ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", self.folder / "lorry", "invoke", "--local",
             "--example=insert", "--json"], cwd=self.folder, env=self.environment(), capture_output=True,
            encoding="utf-8", timeout=60, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("not isolated", result.stderr)
        self.assertGreater(json.loads(result.stdout)["peak_memory_mb"], 0)
        self.assertEqual(len(self.rows()), 1)
        self.assertEqual(os.listdir(self.temporary), [])

    def test_poison_is_kept(self):
        self.invoke("--example=poison")
        letters = support.rows(str(self.sink_folder / "sink.db"), "SELECT reason FROM toys_dead_letters")
        self.assertEqual(letters, [("not JSON",)])

    def test_wrong_setting(self):
        self.write_pipeline(more="environment: {SQL_ECHO: loud}")
        result = self.invoke("--example=insert", status=1)
        self.assertEqual(json.loads(result.stdout)["errorType"], "Lorry.WrongSetting")
        self.assertIn('lorry invoke: the function "f" failed (Unhandled): Lorry.WrongSetting: SQL_ECHO: "loud" is', result.stderr)

    def test_what_is_no_event(self):
        result = self.invoke("--payload=-", status=1, stdin="{}")
        self.assertEqual(json.loads(result.stdout)["errorType"], "Lorry.NotAnEvent")

    def test_password_of_a_secret(self):
        """The user's credentials take the place of the role's; the endpoint is passed on."""
        crate, aws = support.Crate("s3cret"), support.Aws("s3cret")
        self.addCleanup(crate.close)
        self.addCleanup(aws.close)
        self.write_pipeline(url=crate.url, password=", password: {secret: toys}")
        result = self.invoke("--example=insert", env=aws.environment)
        self.assertEqual(json.loads(result.stdout), {"batchItemFailures": []})
        (headers, body), = aws.requests
        self.assertEqual(body["SecretId"], "toys")
        self.assertEqual(headers["X-Amz-Security-Token"], aws.ENVIRONMENT["AWS_SESSION_TOKEN"])
        self.check("query", "--sink", crate.url, "REFRESH TABLE toys", env={"SINK_PASSWORD": "s3cret"})
        rows = self.check_json("query", "--sink", crate.url, "SELECT count(*) FROM toys", env={"SINK_PASSWORD": "s3cret"})
        self.assertEqual(rows["rows"], [[1]])

    def test_password_of_the_environment(self):
        crate = support.Crate("s3cret")
        self.addCleanup(crate.close)
        self.write_pipeline(url=crate.url, password=", password: {env: TOYS_PASSWORD}")
        self.assertIn("TOYS_PASSWORD", self.invoke("--example=insert", status=2).stderr)
        result = self.invoke("--example=insert", env={"TOYS_PASSWORD": "s3cret"})
        self.assertEqual(json.loads(result.stdout), {"batchItemFailures": []})
        self.assertNotIn("s3cret", result.stdout + result.stderr)
        result = self.invoke("--example=insert", env={"TOYS_PASSWORD": "wr0ng"})
        self.assertEqual(len(json.loads(result.stdout)["batchItemFailures"]), 1)
        self.assertNotIn("wr0ng", result.stdout + result.stderr)

    def test_without_credentials_a_secret_cannot_be_read(self):
        self.write_pipeline(url="crate://admin@127.0.0.1:1/", password=", password: {secret: toys}")
        self.assertIn("reads the password of the sink from AWS", self.invoke("--example=insert", status=1).stderr)


class WithoutNamespaces(Local):
    """Where the machine forbids them."""

    def invoke_there(self, *words, status=0):
        forbid = ["unshare", "--user", "--map-root-user", "sh", "-c",
                  'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', "sh"]
        if subprocess.run(forbid + ["true"], check=False, stderr=subprocess.DEVNULL).returncode:
            self.skipTest("user namespaces cannot be forbidden here")
        result = subprocess.run(forbid + [LORRY, "invoke", "--local", "--example=insert", *words], cwd=self.folder,
                                env=self.environment(), capture_output=True, encoding="utf-8", timeout=60, check=False)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(os.listdir(self.temporary), [])
        return result

    @unittest.skipUnless(STATIC, "without namespaces only a static processor runs")
    def test_static(self):
        self.assertIn("not isolated", self.invoke_there().stderr)
        self.assertEqual(len(self.rows()), 1)

    @unittest.skipIf(STATIC, "the processor is a static one")
    def test_dynamic(self):
        self.assertIn("permits no user namespaces", self.invoke_there(status=1).stderr)

    def test_nothing_is_left(self):
        self.write_pipeline(timeout="1s")
        marker = "94.%d" % (time.time_ns() % 10**9)
        path = self.zip(f'call("GET", "invocation/next"); subprocess.run(["sleep", "{marker}"])')
        result = self.invoke_there("--package", path, status=1)
        self.assertIn("Task timed out after 1.00 seconds", result.stderr)
        self.assertEqual(processes(marker), [])


@unittest.skipUnless(NAMESPACES, "no user namespaces here")
class Image(Local):
    """What an image says of itself."""

    def test_env_and_workdir(self):
        if not shutil.which("umoci"):
            self.skipTest("no umoci")
        def run(*words):
            subprocess.run(words, cwd=self.folder, check=True, capture_output=True)
        self.write_pipeline(url="sqlite:///sink.db")
        self.check("image", "build", "-o", "image", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
        self.assertIn("unable to open", self.invoke("--package=image", "--example=insert").stderr)
        run("umoci", "config", "--image", "image:latest", "--config.workingdir", "/tmp", "--config.env", "LOG_LEVEL=quiet")
        result = self.invoke("--package=image", "--example=insert", status=1)
        self.assertIn('LOG_LEVEL: "quiet"', json.loads(result.stdout)["errorMessage"])
        run("umoci", "config", "--image", "image:latest", "--config.env", "LOG_LEVEL=WARNING")
        result = self.invoke("--package=image", "--example=insert", "--quiet")
        self.assertEqual((json.loads(result.stdout), result.stderr), ({"batchItemFailures": []}, ""))

    def test_what_lambda_would_not_take(self):
        if not shutil.which("umoci"):
            self.skipTest("no umoci")
        self.check("image", "build", "-o", "image", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
        subprocess.run(["umoci", "config", "--image", "image:latest", "--config.entrypoint", "lorry-processor"],
                       cwd=self.folder, check=True)
        result = self.invoke("--package=image", "--example=insert", status=1)
        self.assertIn('Lambda would not take the image: the entrypoint "lorry-processor" is no absolute path', result.stderr)

    def test_dynamic_executable(self):
        """Its loader and its libraries are those of the image."""
        compiler = shutil.which("cc")
        if not compiler:
            self.skipTest("no compiler")
        source = self.write("own.c", '#include <stdio.h>\nint main(void) { puts("dynamic"); return 3; }\n')
        subprocess.run([compiler, "-o", self.folder / "own", source], check=True)
        self.write_pipeline(more="entrypoint: ./own")
        result = self.invoke("--example=insert", status=1)
        self.assertIn("exit status 3", json.loads(result.stdout)["errorMessage"])
        self.assertIn("dynamic", result.stderr.splitlines())


class Wrong(Local):
    def test_a_sink_that_has_no_folder(self):
        self.write_pipeline(url="sqlite:////no/such/folder/sink.db")
        self.assertIn("there is no folder /no/such/folder here", self.invoke("--example=insert", status=2).stderr)

    def test_use(self):
        for words, what in [(["--function=g", "--example=insert"], "--function"),
                            (["--payload=x", "--example=insert"], "which event")]:
            self.assertIn(what, self.invoke(*words, status=2).stderr)
        self.assertIn("--local", self.check("invoke", "--package=x", "--example=insert", status=2).stderr)
        (self.folder / "pipeline.yaml").unlink()
        self.assertIn("pipeline.yaml", self.invoke("--payload=-", status=1, stdin="{}").stderr)

    def test_packages(self):
        for content, what in [(b"nothing", "no OCI layout"), (b"PK\3\4nothing", "zip")]:
            path = self.folder / "bad"
            path.write_bytes(content)
            self.assertIn(what, self.invoke("--package", str(path), "--example=insert", status=1).stderr)
        self.assertIn("no-such-file", self.invoke("--package=no-such-file", "--example=insert", status=1).stderr)

    def test_a_package_that_leads_out(self):
        self.assertIn("leads out", self.invoke("--package", self.zip("", "../evil"), "--example=insert", status=1).stderr)

    def test_another_architecture(self):
        with open(PROCESSOR, "rb") as file:
            program = bytearray(file.read())
        program[18:20] = b"\x3e\0" if os.uname().machine == "aarch64" else b"\xb7\0"
        result = self.invoke("--package", self.zip(bytes(program)), "--example=insert", status=1)
        self.assertRegex(result.stderr, "the package is for (arm64|x86_64), and this machine is (arm64|x86_64): it cannot be run here")


@unittest.skipUnless(NAMESPACES, "no user namespaces here")
class Own(Local):
    """A runtime in another language."""

    def test_what_it_sees(self):
        secret = uuid.uuid4().hex
        value = self.run_script("""
def answer(event):
    def fails(path):
        try:
            open(path, "w")
        except OSError:
            return True
    open("/tmp/x", "w").close()
    return {"event": event, "uid": os.getuid(), "environment": dict(os.environ), "tmp": [name for name in os.listdir("/tmp") if not name.startswith("lorry-cli-")],
            "cannot write": [path for path in ("/x", "/var/task/x", "/etc/x", "/dev/x") if fails(path)],
            "home": os.path.exists("/home"), "folder": os.getcwd(), "dev": sorted(os.listdir("/dev")),
            "processes": sum(name.isdigit() for name in os.listdir("/proc")), "fds": len(os.listdir("/proc/self/fd")),
            "input": sys.stdin.read(), "secret": open("/proc/1/environ").read() if not fails("/proc/1/mem") else ""}
""" + LOOP, event='{"a": [1, "\\u00e4"]}', env={"OURS": secret, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"})
        seen = value["response"]
        self.assertEqual(seen["event"], {"a": [1, "\u00e4"]})
        self.assertNotEqual(seen["uid"], 0)
        self.assertEqual(seen["cannot write"], ["/x", "/var/task/x", "/etc/x", "/dev/x"])
        self.assertEqual((seen["tmp"], seen["home"], seen["folder"], seen["input"]), (["x"], False, "/var/task", ""))
        self.assertEqual(seen["dev"], ["fd", "full", "null", "random", "stderr", "stdin", "stdout", "urandom", "zero"])
        self.assertEqual(seen["processes"], 2)
        self.assertNotIn(secret, json.dumps(seen))
        variables = seen["environment"]
        self.assertLessEqual({
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1", "LAMBDA_TASK_ROOT": "/var/task",
            "SINK_URL": self.sink, "SINK_TABLE": "toys", "REPORT_BATCH_ITEM_FAILURES": "true", "TZ": ":UTC",
        }.items(), variables.items())
        self.assertNotIn("HOME", variables)
        self.assertRegex(variables["AWS_LAMBDA_LOG_STREAM_NAME"], r"^\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$")

    def test_the_machine_is_not_its_own(self):
        """Who is root here owns the machine's devices and the kernel's settings."""
        value = self.run_script("""
def answer(event):
    def succeeds(deed, *words):
        try:
            deed(*words)
        except OSError:
            return False
        return True
    with open("/dev/null", "w") as null:
        null.write("x")
    settings = ["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger"]
    return [path for path in settings if succeeds(open, path, "a")] + [
        path for path in ["/dev/null", "/dev/zero"] if succeeds(os.chmod, path, 0o666)] + [
        path for path in ["/etc/ssl/private", "/etc/pki/tls/private"] if os.path.exists(path)]
""" + LOOP)
        self.assertEqual(value["response"], [])

    def test_no_keys_of_the_session(self):
        """The kernel hands keyrings down to children, whatever user they are."""
        numbers = {"x86_64": (248, 250), "aarch64": (217, 219)}.get(os.uname().machine)
        name = b"lorry-%d" % os.getpid()
        call = ctypes.CDLL(None).syscall
        key = call(numbers[0], b"user", name, b"x", 1, -3) if numbers else -1 # add_key(), to the session's keyring
        if key < 0:
            self.skipTest("no keyrings here")
        self.addCleanup(call, numbers[1], 9, key, -3) # KEYCTL_UNLINK
        script = f"""
import ctypes
def answer(event):
    return ctypes.CDLL(None).syscall({numbers[1]}, 10, -3, b"user", {name!r}, 0) # KEYCTL_SEARCH
"""
        self.assertEqual(self.run_script(script + LOOP)["response"], -1)

    def test_certificates_are_there(self):
        value = self.run_script("""
def answer(event):
    return sorted(os.listdir("/etc/ssl/certs")) if os.path.exists("/etc/ssl/certs") else None
""" + LOOP)
        there = os.path.isdir("/etc/ssl/certs")
        self.assertEqual(value["response"], sorted(os.listdir("/etc/ssl/certs")) if there else None)

    def test_what_it_is_told(self):
        value = self.run_script("""
_, headers, body = call("GET", "invocation/next")
request = headers["Lambda-Runtime-Aws-Request-Id"]
again = call("GET", "invocation/next")
told = {name: headers[name] for name in headers if name.startswith("Lambda-Runtime")}
told["left"] = int(told["Lambda-Runtime-Deadline-Ms"]) / 1000 - time.time()
told["again"] = again[1]["Lambda-Runtime-Aws-Request-Id"] == request and again[2] == body
told["wrong"] = [call("POST", "invocation/" + "0" * 36 + "/response", "1")[0], call("GET", "nothing")[0],
                 call("POST", "invocation/next")[0], call("POST", "init/error", "{}")[0]]
told["accepted"] = call("POST", "invocation/" + request + "/response", json.dumps(told))[0]
say("accepted", told["accepted"], "twice", call("POST", "invocation/" + request + "/response", "{}")[0])
call("GET", "invocation/next")
""")
        told = value["response"]
        self.assertRegex(told["Lambda-Runtime-Aws-Request-Id"], r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertEqual(told["Lambda-Runtime-Aws-Request-Id"], value["request_id"])
        self.assertRegex(told["Lambda-Runtime-Trace-Id"], r"^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$")
        self.assertRegex(told["Lambda-Runtime-Invoked-Function-Arn"], r"^arn:aws:lambda:eu-central-1:\d{12}:function:f$")
        self.assertTrue(0 < told["left"] <= 20, told)
        self.assertTrue(told["again"])
        self.assertEqual(told["wrong"], [400, 404, 405, 403])
        self.assertIn("accepted 202 twice 403", value["log"])

    def test_errors_of_its_own(self):
        self.fails("""
request = call("GET", "invocation/next")[1]["Lambda-Runtime-Aws-Request-Id"]
call("POST", "invocation/" + request + "/error", json.dumps({"errorType": "Toy", "errorMessage": "no good"}))
call("GET", "invocation/next")
""", "Toy", "no good")
        self.fails("""
call("POST", "init/error", json.dumps({"errorType": "Toy.Init", "errorMessage": "cannot begin"}))
sys.exit(1)
""", "Toy.Init", "cannot begin")

    def test_it_ends_without_an_answer(self):
        for how, what in [("sys.exit(3)", "exit status 3"), ("sys.exit(0)", "without providing a reason"),
                          ("os.kill(os.getpid(), 11)", "signal: segmentation fault"), ("os.abort()", "signal: aborted")]:
            self.fails(how, "Runtime.ExitError", what)  # in the init phase
            value = self.fails('call("GET", "invocation/next"); say("last words"); ' + how, "Runtime.ExitError", what)
            self.assertEqual(value["log"], "last words\n")

    def test_it_cannot_be_started(self):
        for name, script, what in [("other", "", "No such file"), ("bootstrap", b"#!/no/such/program\n", "No such file"),
                                   ("bootstrap", b"\x7fELF nonsense", "Exec format error")]:
            result = self.invoke("--package", self.zip(script, name), "--example=insert", status=1)
            self.assertEqual(json.loads(result.stdout)["errorType"], "Runtime.InvalidEntrypoint")
            self.assertIn(what, result.stderr)

    def test_response_too_large(self):
        value = self.run_script('answer = lambda event: "x" * ((6 << 20) + 98)' + LOOP)
        self.assertEqual(len(value["response"]), (6 << 20) + 98)
        self.fails('answer = lambda event: "x" * ((6 << 20) + 99)' + LOOP, "Function.ResponseSizeTooLarge", "6291556")

    def test_timeout(self):
        self.write_pipeline(timeout="1s")
        marker = "91.%d" % (time.time_ns() % 10**9)
        value = self.fails(f"""
call("GET", "invocation/next")
subprocess.Popen(["sleep", "{marker}"], start_new_session=True)
say("going to sleep")
subprocess.run(["sleep", "{marker}"])
""", "Sandbox.Timedout", "Task timed out after 1.00 seconds")
        self.assertGreater(value["duration_ms"], 900)
        self.assertEqual(value["log"], "going to sleep\n")
        self.assertEqual(processes(marker), [])

    def test_memory(self):
        self.write_pipeline(memory=128)
        value = self.fails("""
call("GET", "invocation/next")
filled = b"x" * (200 << 20)
time.sleep(60)
""", "Runtime.OutOfMemory", "128 MB")
        if not value["memory_limited"]:
            self.assertGreater(value["peak_memory_mb"], 128)

    def test_memory_that_was_used_when_it_answers(self):
        self.write_pipeline(memory=128)
        self.fails('answer = lambda event: len(b"x" * (200 << 20))' + LOOP, "Runtime.OutOfMemory", "128 MB")

    def test_log(self):
        result = self.invoke("--package", self.zip("""
def answer(event):
    say("plain \\x1b[2J text")
    say(json.dumps({"timestamp": "2026-11-23T22:10:33.123456Z", "level": "ERROR", "message": "it hurts"}))
    os.write(2, b"of stderr, without an end")
""" + LOOP), "--payload=-", stdin="{}")
        self.assertEqual(result.stdout, "null\n")
        lines = result.stderr.splitlines()
        for line in ["plain  [2J text", "2026-11-23T22:10:33.123Z ERROR it hurts", "of stderr, without an end"]:
            self.assertIn(line, lines)
        value = self.run_script('answer = lambda event: os.write(1, b"x" * 999 + b"\\n") and say("\\n".join(["y" * 99] * 30000))' + LOOP)
        self.assertEqual(len(value["log"]), 1 << 20)

    def test_interrupted(self):
        marker = "92.%d" % (time.time_ns() % 10**9)
        path = self.zip(f"""
call("GET", "invocation/next")
say("ready")
subprocess.run(["sleep", "{marker}"])
""")
        for number in signal.SIGINT, signal.SIGTERM:
            with subprocess.Popen([LORRY, "invoke", "--local", "--package", path, "--payload=-"], stdin=subprocess.PIPE,
                                  stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=self.environment(), cwd=self.folder,
                                  encoding="utf-8") as process:
                process.stdin.write("{}")
                process.stdin.close()
                while "ready" not in process.stderr.readline():
                    pass
                process.send_signal(number)
                self.assertEqual(process.wait(30), -number)
            self.assertEqual(processes(marker), [])
            self.assertEqual(os.listdir(self.temporary), [])

    def test_killed(self):
        """Whatever ends lorry, the function ends with it."""
        marker = "93.%d" % (time.time_ns() % 10**9)
        path = self.zip(f'call("GET", "invocation/next"); say("ready"); subprocess.run(["sleep", "{marker}"])')
        with subprocess.Popen([LORRY, "invoke", "--local", "--package", path, "--example=insert"], stderr=subprocess.PIPE,
                              stdout=subprocess.PIPE, env=self.environment(), cwd=self.folder, encoding="utf-8") as process:
            said = ""
            while "ready" not in said:
                said += process.stderr.readline()
            process.kill()
        end = time.monotonic() + 60
        while processes(marker) and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(processes(marker), [], said)


if __name__ == "__main__":
    unittest.main()
