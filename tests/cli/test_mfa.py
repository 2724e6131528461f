"""The code of an MFA device is asked for at the terminal, and nowhere else."""

import os
import pty
import select
import subprocess
import sys
import time
import unittest

from harness import LORRY, ROOT, Case

sys.path.insert(0, str(ROOT / "tests" / "aws"))
from credential_servers import Servers

DEVICE = "arn:aws:iam::123456789012:mfa/me"
CONFIG = f"""[profile p]
aws_access_key_id = AKID
aws_secret_access_key = the-secret
role_arn = arn:aws:iam::123456789012:role/r
source_profile = p
mfa_serial = {DEVICE}
"""
WORDS = [LORRY, "sql", "--debug-http", "--profile", "p", 'SELECT * FROM "t"']


class Mfa(Case):
    def setUp(self):
        super().setUp()
        self.servers = Servers()
        self.addCleanup(self.servers.stop)

    def settings(self):
        return self.environment(
            **self.servers.environment(), AWS_CONFIG_FILE=self.write("config", CONFIG), AWS_MAX_ATTEMPTS="1",
            AWS_SHARED_CREDENTIALS_FILE="/nowhere", AWS_REGION="eu-central-1", TERM="dumb",
            AWS_ENDPOINT_URL_DYNAMODB="http://127.0.0.1:9", HOME=str(self.folder))

    def test_asked(self):
        settings = self.settings()
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(LORRY, WORDS, settings)
        shown, typed, deadline = "", False, time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                shown += os.read(terminal, 4096).decode() if select.select([terminal], [], [], 0.1)[0] else ""
            except OSError:
                break
            if shown.endswith(f"MFA code of {DEVICE}: ") and not typed:
                typed = True
                os.write(terminal, b"654321\n")
        os.close(terminal)
        os.waitpid(pid, 0)
        asked = [request[1] for request in self.servers.log if request[0] == "sts"]
        self.assertEqual([(a["SerialNumber"], a["TokenCode"]) for a in asked], [(DEVICE, "654321")], shown)
        self.assertIn("Action=AssumeRole", shown)
        self.assertIn("TokenCode=***", shown)
        for secret in ["654321", "the-secret", "secret/", "token+"]:
            self.assertNotIn(secret, shown)

    def test_no_terminal(self):
        result = subprocess.run(WORDS, env=self.settings(), stdin=subprocess.DEVNULL, capture_output=True,
                                encoding="utf-8", start_new_session=True, timeout=60)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(f'a code of the MFA device "{DEVICE}" is needed: there is no terminal', result.stderr)
        self.assertIn("aws configure export-credentials --profile p --format env", result.stderr)
        self.assertEqual(self.servers.log, [])


if __name__ == "__main__":
    unittest.main()
