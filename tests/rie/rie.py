"""The AWS Lambda Runtime Interface Emulator, the real one (scripts/get-rie)."""

import glob
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "runtime_api"))
import support

EMULATORS = sorted(glob.glob(os.path.join(os.environ.get("LORRY_TOOLS", ""), "aws-lambda-rie-*")))
if not EMULATORS:
    print("skipped: no emulator; scripts/get-rie downloads it")
    sys.exit(support.SKIPPED)


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return "127.0.0.1:%d" % server.getsockname()[1]


class Emulator:
    """The emulator with a processor in it; its output, which has the processor's, goes to a file in `folder`.
    `command` starts the processor."""

    def __init__(self, folder, command, timeout_s, **settings):
        self.address = free_address()
        self.log = os.path.join(folder, "emulator.log")
        environment = {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_s), "AWS_REGION": "eu-west-1",
                       "AWS_LAMBDA_FUNCTION_NAME": "f", **settings}
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [EMULATORS[-1], "--runtime-interface-emulator-address", self.address,
                 "--runtime-api-address", free_address(), *command],
                env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        self.wait_until_ready()

    def wait_until_ready(self):
        host, port = self.address.split(":")
        for _ in range(500):
            try:
                with socket.create_connection((host, int(port))):
                    return
            except ConnectionRefusedError:
                time.sleep(0.01)
        raise AssertionError(self.output())

    def invoke(self, body):
        """What the function answered."""
        url = f"http://{self.address}/2015-03-31/functions/function/invocations"
        request = urllib.request.Request(url, body.encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answer = response.read().decode()
        except urllib.error.HTTPError as error:
            answer = error.read().decode()
        if not answer:
            raise AssertionError("the emulator answered nothing:\n" + self.output())
        return json.loads(answer)

    def output(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
